"""A letter as typed values: sections of paragraphs, lists, tables and charts. No markup, no layout, plain text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paragraph:
    """A paragraph. A line break in ``text`` is a line break on paper. ``leads``: stays with what it introduces."""

    text: str
    leads: bool = False
    kind: str = "paragraph"


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]
    kind: str = "bullets"


@dataclass(frozen=True)
class Column:
    title: str
    numeric: bool = False
    narrow: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a header row and perhaps a caption; each row has a cell a column, the first names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    dense: bool = False
    kind: str = "table"


@dataclass(frozen=True)
class Pairs:
    """Names and what they stand for: a definition list."""

    items: tuple[tuple[str, str], ...]
    kind: str = "pairs"


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    shown: str


@dataclass(frozen=True)
class Chart:
    """Bars in one colour, left to right, with their numbers under them; ``told``: in words what they show."""

    caption: str
    bars: tuple[Bar, ...]
    told: str = ""
    kind: str = "chart"


Part = Paragraph | Bullets | Table | Pairs | Chart


@dataclass(frozen=True)
class Section:
    """A stretch of the letter under one heading (or none). ``block`` is B1-B17 of the letter matrix, or empty."""

    block: str
    heading: str
    parts: tuple[Part, ...]
    level: int = 2
    new_page: bool = False


@dataclass(frozen=True, kw_only=True)
class Document:
    """One letter, whole. ``sender`` and ``recipient`` are address lines; ``page_words`` are
    the words for "page" and "of"."""

    language: str
    title: str
    operator: str
    accent: str
    reference: str
    reference_label: str
    page_words: tuple[str, str]
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    date: str
    sections: tuple[Section, ...]

    @property
    def blocks(self) -> frozenset[str]:
        """The letter blocks that are there with something in them."""
        return frozenset(section.block for section in self.sections if section.block and section.parts)

"""What a file of rows looks like to whoever opens it: its columns, what stands above them, values in plain words."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, NamedTuple
from zoneinfo import ZoneInfo

from connectors.rows.shape import Shape, transposed
from exports.letter.texts.reading import Texts
from exports.letter.values import amount

Rows = Callable[[], Iterable[bytes]]
FORMS = ("json", "csv", "xlsx")
Row = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """One collection in the package. ``rows`` begins anew at each call and gives the same lines each time.

    ``columns``: column -> what it means, in the person's language; ``codes``: column -> code -> what it means.
    ``time_zone``: whose time it is written in where people read it. ``covered``: how many values are masked in the
    rows. ``most``: bytes that its rows do not exceed, as far as is known; 0 where it is not. ``annex``: the files of
    its annex on paper, none without one; ``count``: how many rows the letter says there are; ``passed`` is told how
    many rows have been read. ``shape``: what its rows look like, where that is known without reading them.
    """

    stem: str
    name: str
    source_name: str
    rows: Rows
    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    time_zone: str = "UTC"
    covered: int = 0
    most: int = 0
    annex: tuple[str, ...] = ()
    count: int = 0
    passed: Callable[[int], None] = lambda _rows: None
    shape: Callable[[], Shape | None] = field(default=lambda: None)

    @property
    def names(self) -> tuple[str, ...]:
        """Every file that it can become, by its name in the package."""
        return (*(f"data/{self.stem}.{ending}" for ending in FORMS), *self.annex)


@dataclass(frozen=True)
class Layout:
    """The columns of a file, in order; those of them that hold decimal amounts written as text, and moments."""

    columns: tuple[str, ...]
    figures: frozenset[str] = frozenset()
    moments: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Annex:
    """A file of an annex: its name in the package, and what sets it as a PDF and says how many rows are in it."""

    name: str
    write: Callable[[IO[bytes]], int]


@dataclass(frozen=True)
class Table:
    """A file that was written: its layout, how many rows it has, the endings of its files and those of its annex."""

    file: DataFile
    layout: Layout
    rows: int
    endings: tuple[str, ...]
    annex: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Its files, by their names in the package."""
        return (*(f"data/{self.file.stem}.{ending}" for ending in self.endings), *self.annex)


class Seen(Shape):
    """Finds a file's layout while its rows go by. ``described``: the columns that are explained, which come first."""

    def __init__(self, described: Iterable[str]) -> None:
        super().__init__()
        self._described = tuple(described)

    @property
    def layout(self) -> Layout:
        columns = dict.fromkeys((*self._described, *self.names))
        known = tuple(column for column in columns if column in self.names)
        return Layout(known, self.figures.columns, frozenset(self.moments))


class Page(NamedTuple):
    """Some rows of a file in order, in memory at once, and the lines they were read from where those are wanted."""

    rows: Sequence[dict[str, object]]
    lines: Sequence[bytes] = ()


class Sheet:
    """A file's rows as people read them: headings, and values with amounts as numbers and codes explained."""

    def __init__(self, file: DataFile, layout: Layout, texts: Texts) -> None:
        self.zone, self.texts, self.layout = ZoneInfo(file.time_zone), texts, layout
        self.titles = titles(file, layout, texts)
        self._codes = file.codes

    def values(self, row: Row) -> list[object]:
        """The values of a row, a column each; None where it has none."""
        return [self._value(column, row.get(column)) for column in self.layout.columns]

    def columns(self, rows: Sequence[dict[str, object]]) -> list[Sequence[object]]:
        """The same of many rows, column by column."""
        columns = self.layout.columns
        return list(map(self._column, columns, transposed(rows, columns)))

    def _column(self, column: str, values: Sequence[object]) -> Sequence[object]:
        if column not in self.layout.figures and column not in self._codes:
            return values
        if set(map(type, values)) != {str}:
            return [self._value(column, value) for value in values]
        known = {value: self._value(column, value) for value in set(values)}
        return list(map(known.__getitem__, values))

    def _value(self, column: str, value: object) -> object:
        if column in self.layout.figures:
            return amount(value)
        if column in self._codes:
            return explained(value, self._codes[column])
        return value


def titles(file: DataFile, layout: Layout, texts: Texts) -> tuple[str, ...]:
    """What stands above each column, no two alike: in words, and above moments whose time they are."""
    named = [
        " ".join((file.columns.get(column) or column.replace("_", " ")).split()) or column
        for column in layout.columns
    ]
    often = Counter(named)
    return tuple(
        _timed(name if often[name] == 1 else f"{name} ({column})", column in layout.moments, file, texts)
        for name, column in zip(named, layout.columns, strict=True)
    )


def _timed(title: str, is_moment: bool, file: DataFile, texts: Texts) -> str:
    return texts("package.in_zone", title=title, zone=texts.zone(file.time_zone)) if is_moment else title


def explained(value: object, codes: Mapping[str, str]) -> object:
    """A code as `paid (pd)`: in words, and as the system has it."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    words = codes.get(str(value))
    return value if words is None or words == value else f"{words} ({value})"

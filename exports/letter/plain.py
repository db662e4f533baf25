"""A letter as plain text, for a mail: the same words in the same order, without layout."""

from collections.abc import Iterator
from textwrap import fill

from exports.letter.document import Bullets, Chart, Document, Pairs, Paragraph, Part, Table
from exports.letter.values import visible

WIDTH = 78


def plain(document: Document) -> str:
    """The whole letter; ends with a line break."""
    parts = [document.title.upper(), f"{document.reference_label} {document.reference}, {document.date}"]
    for section in document.sections:
        if section.heading:
            parts.append(section.heading.upper())
        parts += [text for part in section.parts if (text := "\n".join(_lines(part)))]
    return visible("\n\n".join(parts)) + "\n"


def _lines(part: Part) -> Iterator[str]:
    if isinstance(part, Paragraph):
        # An address of the web stays whole.
        yield from (fill(line, WIDTH, break_long_words=False) for line in part.text.split("\n"))
    elif isinstance(part, Bullets):
        yield from (fill(f"- {item}", WIDTH, subsequent_indent="  ") for item in part.items)
    elif isinstance(part, Pairs):
        yield from (f"{name}: {value}" for name, value in part.items)
    elif isinstance(part, Table):
        titles = [column.title for column in part.columns]
        for row in part.rows:
            yield "; ".join(f"{title}: {cell}" for title, cell in zip(titles, row, strict=True))
    elif isinstance(part, Chart):
        yield from (f"{bar.label}: {bar.shown}" for bar in part.bars)

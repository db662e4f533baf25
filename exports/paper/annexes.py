"""A collection's records on paper: tables that a screen reader reads, or plain lines where there are many.

A file at a time: what is set at once is what is in memory (docs/adr/0132).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from itertools import islice
from typing import IO

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from exports.letter.items.annexes import TABLE, a_part
from exports.letter.texts.reading import Texts
from exports.letter.values import visible
from exports.package.data import CONTROL, rows_of, shown
from exports.package.index import MOST_ROWS
from exports.package.layout import Annex, DataFile, Layout, Sheet
from exports.paper.setting import Letter, font_faces

COLUMNS = 12  # of a table on a page that lies on its side; what more there are share the last
CHARACTERS = 200  # of one value
WIDEST = 28  # characters to which a column of plain lines is filled up
LINES = 50  # that are one paragraph: setting type takes longer for each the more there are
BETWEEN = "  "

Row = Mapping[str, object]
SetType = Callable[[str, str], Letter]


@dataclass(frozen=True)
class About:
    """What every annex says of where it belongs."""

    operator: str
    reference: str


class Paper:
    """A collection's records as paper has them."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet, self._texts = sheet, sheet.texts
        self.titles = self._folded([" ".join(title.split()) for title in sheet.titles])

    def cells(self, row: Row) -> list[str]:
        """What stands in the columns for this row."""
        return self._folded([self._said(value) for value in self._sheet.values(row)])

    def _said(self, value: object) -> str:
        text = " ".join(shown(value, self._sheet.zone, self._texts).translate(CONTROL).split())
        return visible(text if len(text) <= CHARACTERS else text[:CHARACTERS] + self._texts("page.cut"))

    @staticmethod
    def _folded(cells: list[str]) -> list[str]:
        kept = COLUMNS - 1
        return [*cells[:kept], "; ".join(filter(None, cells[kept:]))] if len(cells) > COLUMNS else cells


class Head:
    """What stands above the records of one file of an annex."""

    def __init__(self, file: DataFile, number: int, about: About, words: Texts):
        rows, files = file.count, len(file.annex)
        self.first = number * a_part(rows) + 1
        self.last = min(rows, self.first + a_part(rows) - 1)
        self.rows = self.last - self.first + 1
        self.is_table = rows <= TABLE
        self.title = words("on_paper.title", name=file.name, source=file.source_name)
        belongs = words("on_paper.belongs", operator=about.operator, reference=about.reference)
        span = {
            "first": words.number(self.first),
            "last": words.number(self.last),
            "rows": words.count("rows", rows),
        }
        parts = words("on_paper.part", n=words.number(number + 1), of=words.number(files), **span)
        whole = f"data/{file.stem}.csv"
        paper = words("on_paper.cut", file=whole)
        plain = "" if self.is_table else words("on_paper.plain", files=whole, shown=words.number(MOST_ROWS))
        self.told = [belongs, *([parts] if files > 1 else []), " ".join(filter(None, (paper, plain)))]


def annexes(about: About, texts: Texts, set_type: SetType) -> Callable[[DataFile, Layout], Iterator[Annex]]:
    """What writes the annex of a collection, a file at a time."""

    def written(file: DataFile, layout: Layout) -> Iterator[Annex]:
        rows = _InOrder(file)
        for number, name in enumerate(file.annex):
            yield Annex(name, partial(write, file, layout, rows, number))

    def write(file: DataFile, layout: Layout, rows: "_InOrder", number: int, out: IO[bytes]) -> int:
        paper, name = Paper(Sheet(file, layout, texts)), file.annex[number]
        head = Head(file, number, about, texts)
        cells = [paper.cells(row) for row in rows.between(head.first, head.last)]
        page = _page(head, about, texts, _table(paper, cells) if head.is_table else _lines(paper, cells))
        out.write(set_type(page, f"{about.reference} {name}").content)
        return len(cells)

    return written


class _InOrder:
    """A collection's records, read once however many parts they are printed in. Parts may be left out."""

    def __init__(self, file: DataFile) -> None:
        self._rows, self._next = rows_of(file), 1

    def between(self, first: int, last: int) -> Iterator[Row]:
        """Those of these numbers; the next part begins behind them."""
        before, self._next = self._next, last + 1
        return islice(self._rows, first - before, last + 1 - before)


def _page(head: Head, about: About, texts: Texts, body: str) -> str:
    content = {
        "head": head,
        "about": about,
        "language": texts.language,
        "fonts": font_faces(),
        "page": texts("page.page"),
        "of": texts("page.of"),
        "body": mark_safe(body),  # noqa: S308 - each cell was escaped
    }
    return render_to_string("exports/annex.html", content)


def _table(paper: Paper, cells: Sequence[Sequence[str]]) -> str:
    widths = "".join(f'<col style="width: {width:.1f}%">' for width in _widths(paper.titles, cells))
    heads = "".join(f'<th scope="col">{escape(title)}</th>' for title in paper.titles)
    rows = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in cells)
    return f"<table><colgroup>{widths}</colgroup><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _widths(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> list[float]:
    """Per cent of the page: said beforehand, setting the table takes two thirds of the time."""
    longest = [max((len(row[at]) for row in cells), default=0) for at in range(len(titles))]
    # No word of a heading is cut, and a long text does not take the page from the others.
    words = [max(map(len, title.split()), default=1) for title in titles]
    share = [max(word, min(most, WIDEST), 4) for word, most in zip(words, longest, strict=True)]
    return [100 * one / sum(share) for one in share]


def _lines(paper: Paper, cells: Sequence[Sequence[str]]) -> str:
    every = [paper.titles, *cells]
    widths = [min(WIDEST, max(len(row[at]) for row in every)) for at in range(len(paper.titles))]

    def line(row: Sequence[str]) -> str:
        return escape(BETWEEN.join(map(str.ljust, row, widths)).rstrip())

    blocks = (cells[at : at + LINES] for at in range(0, len(cells), LINES))
    body = "".join(f"<pre>{chr(10).join(map(line, block))}</pre>" for block in blocks)
    return f'<pre class="titles">{line(paper.titles)}</pre>{body}'

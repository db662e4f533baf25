"""The data files of a package, cell by cell, beside the rows as they may go out."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice, zip_longest

from connectors.rows.graph import parsed_pages
from exports.answer.read_back.expected import Held
from exports.answer.read_back.problem import ReadBack
from exports.answer.read_back.sentences import Sentences, may_stand_in, needles
from exports.opened import zips
from exports.opened.zips import lines
from exports.package.data import CELL, csv_cells, csv_titles
from exports.package.index import MOST_ROWS, row_line
from exports.package.layout import Layout, Seen, Sheet
from exports.package.xlsx import PARTS, SHEET, WORKBOOK, sheet_lines

# What masks a row may also be the person's own: that stands rightly in the columns that speak of them.
Own = Callable[[str], bool]


def read_json(
    name: str,
    blocks: Iterable[bytes],
    rows: Iterable[Held],
    own: Own,
    common: frozenset[str] = frozenset(),
    described: Iterable[str] = (),
) -> Layout:
    """Each row of a JSON file is the row as it may go out, to the value. Raises ReadBack. Returns its layout.

    ``common``: words that tell of nobody; ``described``: the columns that are explained.
    """
    seen = Seen(described)
    read = chain.from_iterable(parsed_pages(_objects(blocks)))
    for number, (row, held) in enumerate(zip_longest(read, _given(rows)), 1):
        if row is None or held is None:
            raise ReadBack("rows", name, number)
        if row != held.cells:
            raise ReadBack("cell", name, number)
        _echo(name, number, held, own, common)
        seen.see(row)
    return seen.layout


def _objects(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """A row a line, as they are written: between the brackets, with a comma before each but the first."""
    for line in lines(blocks):
        if line.startswith(b"{"):
            yield line.rstrip(b",\n")


def read_csv(name: str, blocks: Iterable[bytes], rows: Iterable[Held], sheet: Sheet) -> None:
    """Each cell of a CSV file is that of the row as it may go out. Raises ReadBack."""
    csv.field_size_limit(1 << 24)
    text = io.TextIOWrapper(io.BufferedReader(_Blocks(blocks)), encoding="utf-8-sig", newline="")
    records = csv.reader(text, delimiter=";")
    if next(records, []) != csv_titles(sheet):
        raise ReadBack("cell", name, 0)
    _beside(name, records, (csv_cells(sheet, held.cells) for held in _given(rows)))


def read_xlsx(name: str, blocks: Iterable[bytes], rows: Iterable[Held], sheet: Sheet) -> None:
    """A workbook has the sheet of the rows as they may go out, and beside it only what every workbook has."""
    for part, content in zips.entries(blocks):
        if part == SHEET:
            expected = sheet_lines(sheet, (held.cells for held in _given(rows)))
            _beside(name, lines(content), expected, before=1)
        elif part not in PARTS and part != WORKBOOK:
            raise ReadBack("unread", name)


def read_table(name: str, found: Iterable[bytes], rows: Iterable[Held], sheet: Sheet) -> None:
    """The rows of a table of the page, as many of them as it has room for."""
    expected = (row_line(sheet, held.cells) for held in _given(rows))
    _beside(name, found, islice(expected, MOST_ROWS))


def _beside(name: str, found: Iterable[object], expected: Iterable[object], *, before: int = 0) -> None:
    """``before``: how many of the first are no rows."""
    for number, (one, other) in enumerate(zip_longest(found, expected), 1 - before):
        if one is None or other is None:
            raise ReadBack("rows", name, number)
        if one != other:
            raise ReadBack("cell", name, number)


def _given(rows: Iterable[Held]) -> Iterator[Held]:
    return (row for row in rows if row.number)


def _echo(name: str, number: int, held: Held, own: Own, common: frozenset[str]) -> None:
    """What is masked in a row stands in no other cell of it: the row's own verdict does not give it."""
    if not held.masked:
        return
    said = " ".join(map(str, held.cells.values())).casefold()
    wanted = {
        one
        for value in held.masked
        for one in needles(value, common)
        if may_stand_in(said, one) and not own(one)
    }
    if not wanted:
        return
    row = Sentences()
    for value in held.cells.values():
        row.add(name, str(number), str(value)[:CELL])
    if any(row.find(one) for one in wanted):
        raise ReadBack("echo", name, number)


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a file to read from."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._rest = iter(blocks), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        self._rest = self._rest or next(self._blocks, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

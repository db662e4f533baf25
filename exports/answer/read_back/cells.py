"""The data files of a package beside the rows as they may go out: whole pages to the byte, masked rows cell by cell."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from connectors.rows.jsonline import read_exactly
from exports.answer.read_back.beside import Beside
from exports.answer.read_back.expected import Held, Whole
from exports.answer.read_back.problem import ReadBack
from exports.answer.read_back.sentences import Sentences, may_stand_in, needles
from exports.opened import zips
from exports.package.data import CELL, columns_of, csv_head, csv_page, csv_row
from exports.package.index import MOST_ROWS, row_line, row_lines
from exports.package.layout import Layout, Seen, Sheet
from exports.package.pauses import without_pauses
from exports.package.workbook.cells import Cells
from exports.package.workbook.xlsx import PARTS, SHEET, WORKBOOK, Block, page_lines, sheet_blocks
from exports.package.workbook.xlsx import row_line as sheet_line

# What masks a row may also be the person's own: that stands rightly in the columns that speak of them.
Own = Callable[[str], bool]
Rows = Iterable[Held | Whole]
Cell = Mapping[str, object]


@without_pauses()
def read_json(
    name: str,
    blocks: Iterable[bytes],
    rows: Rows,
    own: Own,
    common: frozenset[str] = frozenset(),
    described: Iterable[str] = (),
) -> Layout:
    """Each row of a JSON file is the row as it may go out, to the value. Raises ReadBack. Returns its layout.

    ``common``: words that tell of nobody; ``described``: the columns that are explained.
    """
    file, seen, number = Beside(name, blocks), Seen(described), 0
    for some in rows:
        if isinstance(some, Whole):
            _whole_json(file, some, number)
            seen.see_all(some.rows)
            number += len(some.rows)
        elif some.number:
            number += 1
            row = _json_row(file, number)
            if not isinstance(row, dict) or row != some.cells:
                raise ReadBack("cell", name, number)
            _echo(name, number, some, own, common)
            # Its columns in the order in which the file has them.
            seen.see(row)
    if not file.goes_on(b"\n]\n" if number else b"[]\n"):
        raise ReadBack("rows", name, number + 1)
    file.must_end(number)
    return seen.layout


def _whole_json(file: Beside, some: Whole, before: int) -> None:
    """Rows behind so many others. To the byte as they were gathered, or else to the value."""
    if some.lines and file.goes_on(_between(before) + b",\n".join(some.lines)):
        return
    for number, row in enumerate(some.rows, before + 1):
        if _json_row(file, number) != row:
            raise ReadBack("cell", file.name, number)


def _json_row(file: Beside, number: int) -> object:
    if not file.goes_on(_between(number - 1)) or not (line := file.row()):
        raise ReadBack("rows", file.name, number)
    try:
        return read_exactly(line)
    except ValueError:
        raise ReadBack("cell", file.name, number) from None


def _between(before: int) -> bytes:
    """What stands before the next row of a JSON file."""
    return b",\n" if before else b"[\n"


@without_pauses()
def read_csv(name: str, blocks: Iterable[bytes], rows: Rows, sheet: Sheet) -> None:
    """Each cell of a CSV file is that of the row as it may go out. Raises ReadBack."""
    file, columns = Beside(name, blocks), columns_of(sheet.zone.key, sheet.texts)
    file.must_go_on(csv_head(sheet), 0)
    number = 0
    for some in rows:
        if isinstance(some, Whole):
            singly = map(partial(csv_row, sheet), some.rows)
            file.must_go_on(csv_page(sheet, some.rows, columns), number + 1, singly)
            number += len(some.rows)
        elif some.number:
            number += 1
            file.must_go_on(csv_row(sheet, some.cells), number)
    file.must_end(number)


@without_pauses()
def read_xlsx(name: str, blocks: Iterable[bytes], rows: Rows, sheet: Sheet) -> None:
    """A workbook has the sheet of the rows as they may go out, and beside it only what every workbook has."""
    for part, content in zips.entries(blocks):
        if part == SHEET:
            _read_sheet(Beside(name, content), rows, sheet)
        elif part not in PARTS and part != WORKBOOK:
            raise ReadBack("unread", name)


def _read_sheet(file: Beside, rows: Rows, sheet: Sheet) -> None:
    number = -1  # the headings are no row
    for block, count in sheet_blocks(sheet, _sheet_rows(Cells(sheet), rows)):
        file.must_go_on(block, number + 1, block.splitlines(keepends=True))
        number = max(number, 0) + count
    file.must_end(number)


def _sheet_rows(cells: Cells, rows: Rows) -> Iterator[Block]:
    for some in rows:
        if isinstance(some, Whole):
            yield partial(page_lines, cells, some.rows), len(some.rows)
        elif some.number:
            yield partial(sheet_line, cells, some.cells), 1


def read_table(name: str, found: Iterable[bytes], rows: Rows, sheet: Sheet) -> None:
    """The rows of a table of the page, as many of them as it has room for."""
    file, number = Beside(name, found), 0
    for some in rows:
        if isinstance(some, Whole):
            fitting = some.rows[: MOST_ROWS - number]
            file.must_go_on(row_lines(sheet, fitting), number + 1, map(partial(row_line, sheet), fitting))
            number += len(fitting)
        elif some.number:
            number += 1
            file.must_go_on(row_line(sheet, some.cells), number)
        if number >= MOST_ROWS:
            break
    file.must_end(number)


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

"""The data files of a package, cell by cell, beside the rows as they may go out."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import chain, islice, zip_longest
from zoneinfo import ZoneInfo

from connectors.rows.graph import parsed_pages
from exports.answer.read_back.expected import Held
from exports.answer.read_back.problem import ReadBack
from exports.answer.read_back.sentences import Sentences, may_stand_in, needles
from exports.letter.texts.reading import Texts
from exports.letter.values import Figures, amount, local_moment
from exports.opened.zips import lines
from exports.package.columns import Columns
from exports.package.data import CELL, FORMULA, PAGE, cell

# What masks a row may also be the person's own: that stands rightly in the columns that speak of them.
Own = Callable[[str], bool]


def read_json(
    name: str,
    blocks: Iterable[bytes],
    rows: Iterable[Held],
    own: Own,
    common: frozenset[str] = frozenset(),
) -> Figures:
    """Each row of a JSON file is the row as it may go out, to the value. Raises ReadBack. Returns its amounts.

    ``common``: words that tell of nobody.
    """
    figures = Figures()
    read = chain.from_iterable(parsed_pages(_objects(blocks)))
    for number, (row, held) in enumerate(zip_longest(read, _given(rows)), 1):
        if row is None or held is None:
            raise ReadBack("rows", name, number)
        if row != held.cells:
            raise ReadBack("cell", name, number)
        _echo(name, number, held, own, common)
        figures.see(row)
    return figures


def _objects(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """A row a line, as they are written: between the brackets, with a comma before each but the first."""
    for line in lines(blocks):
        if line.startswith(b"{"):
            yield line.rstrip(b",\n")


def read_csv(
    name: str, blocks: Iterable[bytes], rows: Iterable[Held], figures: Figures, zone: ZoneInfo, texts: Texts
) -> None:
    """Each cell of a CSV file is that of the row as it may go out. Raises ReadBack."""
    csv.field_size_limit(1 << 24)
    text = io.TextIOWrapper(io.BufferedReader(_Blocks(blocks)), encoding="utf-8-sig", newline="")
    records = csv.reader(text, delimiter=";")
    titles = next(records, [])
    # Of its own, and not the one that wrote them.
    said = partial(cell, zone=zone, texts=texts)
    sheet, given, number = Columns(said, partial(local_moment, zone=zone), FORMULA), _given(rows), 0
    # The names are the same in every row.
    title = cache(said)
    while page := list(islice(records, PAGE)):
        wanted = [held.cells for held in islice(given, len(page))]
        if len(wanted) < len(page):
            raise ReadBack("rows", name, number + len(wanted) + 1)
        expected = _written(wanted, titles, figures.columns, sheet, title)
        for record, cells in zip(page, expected, strict=True):
            number += 1
            if record != list(cells):
                raise ReadBack("cell", name, number)
    if next(given, None) is not None:
        raise ReadBack("rows", name, number + 1)


def _written(
    rows: Sequence[Mapping[str, object]],
    titles: list[str],
    amounts: frozenset[str],
    sheet: Columns,
    title: Callable[[str], str],
) -> Iterable[tuple[str, ...]]:
    """How the cells of these rows stand in a spreadsheet, under these titles."""
    by_title = {title(name): name for names in dict.fromkeys(map(tuple, rows)) for name in names}
    columns = []
    for name in map(by_title.get, titles):
        values = [None if name is None else row.get(name) for row in rows]
        columns.append(sheet.written(list(map(amount, values)) if name in amounts else values))
    return zip(*columns, strict=True) if columns else [()] * len(rows)


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

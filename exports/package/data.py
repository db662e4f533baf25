"""The person's rows as files: JSON that keeps every value, CSV that a spreadsheet opens without harm. Streaming.

Rows come as NDJSON lines that may already be given: judged, and masked where they tell of somebody else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from typing import IO
from zoneinfo import ZoneInfo

from connectors.rows.jsonline import read_exactly, read_lines
from exports.letter.texts.reading import Texts
from exports.letter.values import local_hour, local_moment, spelled
from exports.package.columns import END, GUARD, Columns, page
from exports.package.layout import DataFile, Layout, Page, Seen, Sheet

FEW = 300
PAGE = 1_000  # rows that are in memory at a time
BOM = b"\xef\xbb\xbf"
CELL = 32_000  # a spreadsheet cell ends at 32,767 characters
# Also in the full width that East Asian keyboards write, which spreadsheets read alike.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What no spreadsheet can show; tab, line feed and carriage return stay.
CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), "�")


class DataProblem(ValueError):
    """Rows that cannot be written; says which file and which line, never what stands there."""


def few_rows(
    lines: Iterable[bytes], limit: int = FEW, see: Callable[[dict[str, object]], None] | None = None
) -> tuple[dict[str, object], ...] | None:
    """The rows if there are at most ``limit`` of them, to be printed in the letter; else None.

    Reads no further, unless ``see`` is to be shown every row.
    """
    rows: list[dict[str, object]] = []
    number = 0
    for number, line in enumerate(lines, 1):
        if number > limit and see is None:
            return None
        row = _row(line, "letter", number)
        if number <= limit:
            rows.append(row)
        if see:
            see(row)
    return tuple(rows) if number <= limit else None


def write_json(out: IO[bytes], file: DataFile) -> tuple[int, Layout]:
    """One JSON array, a row a line, each value as the source gave it. Returns the rows and the layout they have."""
    count, seen, known = 0, Seen(file.columns), file.shape()
    # Read are lines only where nobody knows yet what they look like.
    pages = pages_of(file) if known is None else (Page((), lines) for lines in _lines(file))
    if known is not None:
        seen.add(known.stored())
    for found in pages:
        out.write((b",\n" if count else b"[\n") + b",\n".join(map(bytes.strip, found.lines)))
        count += len(found.lines)
        seen.see_all(found.rows)
    out.write(b"\n]\n" if count else b"[]\n")
    return count, seen.layout


def write_csv(out: IO[bytes], file: DataFile, layout: Layout, texts: Texts) -> int:
    """Semicolons, decimal comma, local time, UTF-8 with a byte order mark: what Nordic spreadsheets expect.

    Returns the rows.
    """
    sheet, columns = Sheet(file, layout, texts), columns_of(file.time_zone, texts)
    out.write(csv_head(sheet))
    count = 0
    for found in pages_of(file):
        count += len(found.rows)
        out.write(csv_page(sheet, found.rows, columns))
    return count


def csv_head(sheet: Sheet) -> bytes:
    """What stands before the rows of a CSV file."""
    titles = [[_guarded(title, sheet.texts)] for title in sheet.titles]
    return BOM + (_encoded(page(titles)) if titles else b"")


def csv_page(sheet: Sheet, rows: Sequence[dict[str, object]], columns: Columns) -> bytes:
    """These rows of a CSV file."""
    cells = csv_columns(sheet, rows, columns)
    return _encoded(page(cells) if cells else END * len(rows))


def csv_row(sheet: Sheet, row: Mapping[str, object]) -> bytes:
    """A row of a CSV file: to the byte what `csv_page` gives, a value at a time."""
    cells = csv_cells(sheet, row)
    return _encoded(page([[one] for one in cells]) if cells else END)


def _encoded(text: str) -> bytes:
    # Half a surrogate pair has no UTF-8.
    return text.encode("utf-8", "replace")


def csv_columns(sheet: Sheet, rows: Sequence[dict[str, object]], columns: Columns) -> list[Sequence[str]]:
    """The cells of these rows, column by column: to the letter what `csv_cells` gives, row by row."""
    return list(map(columns.written, sheet.columns(rows)))


def columns_of(time_zone: str, texts: Texts) -> Columns:
    """What writes the columns of a CSV file, each value as `cell` does."""
    zone = ZoneInfo(time_zone)
    return Columns(partial(cell, zone=zone, texts=texts), partial(local_hour, zone=zone), FORMULA)


def csv_cells(sheet: Sheet, row: Mapping[str, object]) -> list[str]:
    """A row of a CSV file."""
    return [cell(value, sheet.zone, sheet.texts) for value in sheet.values(row)]


def rows_of(file: DataFile) -> Iterator[dict[str, object]]:
    """Its rows, read. Raises DataProblem."""
    return chain.from_iterable(page.rows for page in pages_of(file))


def pages_of(file: DataFile) -> Iterator[Page]:
    """The same, so many at a time, each with its lines."""
    count = 0
    for found in _lines(file):
        yield Page(_rows(found, file.stem, count + 1), found)
        count += len(found)


def _lines(file: DataFile) -> Iterator[list[bytes]]:
    lines, count = iter(file.rows()), 0
    while found := list(islice(lines, PAGE)):
        yield found
        count += len(found)
        file.passed(count)


def _rows(lines: Sequence[bytes], stem: str, first: int) -> list[dict[str, object]]:
    """The rows of these lines, read at once; one by one where one of them is no row, to say which."""
    with suppress(ValueError):
        rows = read_lines(lines)
        if set(map(type, rows)) == {dict}:
            return rows
    return [_row(line, stem, number) for number, line in enumerate(lines, first)]


def _row(line: bytes, stem: str, number: int) -> dict[str, object]:
    try:
        row = read_exactly(line)
    except ValueError:
        raise DataProblem(f"{stem}, row {number}: is not JSON") from None
    if not isinstance(row, dict):
        raise DataProblem(f"{stem}, row {number}: is not a JSON object")
    return row


def cell(value: object, zone: ZoneInfo, texts: Texts) -> str:
    """Numbers stay numbers; everything else is text that no spreadsheet takes for a formula."""
    text = shown(value, zone, texts)
    # The inner values need no guard of their own: only how the cell begins matters.
    is_number = isinstance(value, int | float | Decimal) or value is None
    return text if is_number else _guarded(text, texts)


def shown(value: object, zone: ZoneInfo, texts: Texts) -> str:
    """A value as people read it: decimal comma, local time, yes and no, several parts as `name: value`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return texts("page.yes" if value else "page.no")
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    if isinstance(value, int | float):
        return str(value).replace(".", ",")
    if isinstance(value, str):
        return local_moment(value, zone) or value
    return spelled(value, lambda leaf: shown(leaf, zone, texts))


def clipped(value: str, texts: Texts) -> str:
    """The text as a spreadsheet can hold it: control characters made visible, and no more than a cell takes."""
    value = value.translate(CONTROL)
    return value if len(value) <= CELL else value[:CELL] + texts("page.cut")


def _guarded(value: str, texts: Texts) -> str:
    value = clipped(value, texts)
    # A spreadsheet may drop the blanks before it.
    return GUARD + value if value.lstrip(" ").startswith(FORMULA) else value

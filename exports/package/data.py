"""The person's rows as files: JSON that keeps every value, CSV that a spreadsheet opens without harm. Streaming.

Rows come as NDJSON lines that may already be given: judged, and masked where they tell of somebody else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from io import TextIOBase
from itertools import islice
from operator import itemgetter
from typing import IO
from zoneinfo import ZoneInfo

from connectors.rows.jsonline import read_exactly, read_lines
from exports.letter.texts.reading import Texts
from exports.letter.values import Figures, amount, local_moment, spelled
from exports.package.columns import END, GUARD, Columns, page

FEW = 300
PAGE = 1_000  # rows that are in memory at a time
CELL = 32_000  # a spreadsheet cell ends at 32,767 characters
# Also in the full width that East Asian keyboards write, which spreadsheets read alike.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What no spreadsheet can show; tab, line feed and carriage return stay.
CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), "�")

Rows = Callable[[], Iterable[bytes]]


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """One collection in the package. ``rows`` begins anew at each call and gives the same lines each time.

    ``columns``: column -> what it means, in the person's language. ``time_zone``: whose time the CSV is written in.
    ``covered``: how many values are masked in the rows.
    """

    stem: str
    name: str
    source_name: str
    rows: Rows
    columns: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = "UTC"
    covered: int = 0


@dataclass(frozen=True)
class Layout:
    """The columns of a file, in order, and those of them that hold decimal amounts written as text."""

    columns: tuple[str, ...]
    figures: frozenset[str] = frozenset()


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
    figures, count, columns = Figures(), 0, dict.fromkeys(file.columns)
    seen: dict[str, None] = {}
    for lines, rows in _pages(file):
        out.write((b",\n" if count else b"[\n") + b",\n".join(map(bytes.strip, lines)))
        count += len(lines)
        # Rows of one collection have few different sets of columns.
        for names in dict.fromkeys(map(tuple, rows)):
            seen.update(dict.fromkeys(names))
        figures.see_all(seen, rows)
    out.write(b"\n]\n" if count else b"[]\n")
    columns.update(seen)
    return count, Layout(tuple(column for column in columns if column in seen), figures.columns)


def write_csv(out: TextIOBase, file: DataFile, layout: Layout, texts: Texts) -> int:
    """Semicolons, decimal comma, local time, UTF-8 with a byte order mark: what Nordic spreadsheets expect.

    Returns the rows.
    """
    columns = layout.columns
    out.write("\ufeff")
    if columns:
        out.write(page([[_text(column, texts)] for column in columns]))
    sheet, count = sheet_of(file.time_zone, texts), 0
    for _lines, rows in _pages(file):
        count += len(rows)
        cells = [
            sheet.written(list(map(amount, values)) if column in layout.figures else values)
            for column, values in zip(columns, _columns(rows, columns), strict=True)
        ]
        out.write(page(cells) if cells else END * len(rows))
    return count


def sheet_of(time_zone: str, texts: Texts) -> Columns:
    """What writes the columns of a spreadsheet, each value as `cell` does."""
    zone = ZoneInfo(time_zone)
    return Columns(partial(cell, zone=zone, texts=texts), partial(local_moment, zone=zone), FORMULA)


def _columns(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> Iterator[Sequence[object]]:
    """The values of these rows, column by column."""
    for column in columns:
        try:
            yield list(map(itemgetter(column), rows))
        except KeyError:
            yield [row.get(column) for row in rows]


def _pages(file: DataFile) -> Iterator[tuple[list[bytes], list[dict[str, object]]]]:
    """So many lines, and the rows they are."""
    lines, count = iter(file.rows()), 0
    while found := list(islice(lines, PAGE)):
        yield found, _rows(found, file.stem, count + 1)
        count += len(found)


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
    if value is None:
        return ""
    if isinstance(value, bool):
        return texts("page.yes" if value else "page.no")
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    if isinstance(value, int | float):
        return str(value).replace(".", ",")
    if isinstance(value, str):
        return local_moment(value, zone) or _text(value, texts)
    # The inner values need no guard of their own: only how the cell begins matters.
    return _text(spelled(value, lambda leaf: _leaf(leaf, zone, texts)), texts)


def _leaf(value: object, zone: ZoneInfo, texts: Texts) -> str:
    if isinstance(value, str):
        return local_moment(value, zone) or value
    return cell(value, zone, texts)


def _text(value: str, texts: Texts) -> str:
    value = value.translate(CONTROL)
    if len(value) > CELL:
        value = value[:CELL] + texts("page.cut")
    # A spreadsheet may drop the blanks before it.
    return GUARD + value if value.lstrip(" ").startswith(FORMULA) else value


def described(file: DataFile, rows: int, columns: Iterable[str], texts: Texts) -> Iterator[str]:
    """The lines of readme.txt about one file."""
    yield texts("package.file", name=file.name, source=file.source_name, rows=texts.count("rows", rows))
    yield f"  data/{file.stem}.csv, data/{file.stem}.json"
    explained = [(column, file.columns[column]) for column in columns if file.columns.get(column)]
    if explained:
        yield f"  {texts('package.columns')}"
        yield from (f"    {column}: {' '.join(words.split())}" for column, words in explained)

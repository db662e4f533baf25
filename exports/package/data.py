"""The person's rows as files: JSON that keeps every value, CSV that a spreadsheet opens without harm. Streaming.

Rows come as NDJSON lines that may already be given: judged, and masked where they tell of somebody else.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from io import TextIOBase
from typing import IO
from zoneinfo import ZoneInfo

import orjson

from exports.letter.texts.reading import Texts
from exports.letter.values import Figures, amount, local_moment, spelled

FEW = 300
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
    seen: set[str] = set()
    for line in file.rows():
        count += 1
        row = _row(line, file.stem, count)
        seen.update(row)
        figures.see(row)
        columns.update(dict.fromkeys(row))
        out.write((b"[\n" if count == 1 else b",\n") + line.strip())
    out.write(b"\n]\n" if count else b"[]\n")
    return count, Layout(tuple(column for column in columns if column in seen), figures.columns)


def write_csv(out: TextIOBase, file: DataFile, layout: Layout, texts: Texts) -> int:
    """Semicolons, decimal comma, local time, UTF-8 with a byte order mark: what Nordic spreadsheets expect.

    Returns the rows.
    """
    columns, zone = layout.columns, ZoneInfo(file.time_zone)
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    if columns:
        writer.writerow([_text(column, texts) for column in columns])
    count = 0
    for count, line in enumerate(file.rows(), 1):
        row = _row(line, file.stem, count)
        row |= {column: amount(row[column]) for column in layout.figures if column in row}
        writer.writerow([cell(row.get(column), zone, texts) for column in columns])
    return count


def _row(line: bytes, stem: str, number: int) -> dict[str, object]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
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
    return f"'{value}" if value.lstrip(" ").startswith(FORMULA) else value


def described(file: DataFile, rows: int, columns: Iterable[str], texts: Texts) -> Iterator[str]:
    """The lines of readme.txt about one file."""
    yield texts("package.file", name=file.name, source=file.source_name, rows=texts.count("rows", rows))
    yield f"  data/{file.stem}.csv, data/{file.stem}.json"
    explained = [(column, file.columns[column]) for column in columns if file.columns.get(column)]
    if explained:
        yield f"  {texts('package.columns')}"
        yield from (f"    {column}: {' '.join(words.split())}" for column, words in explained)

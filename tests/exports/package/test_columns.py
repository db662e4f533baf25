"""Columns of a spreadsheet, many values at a time: the same text as of each value alone."""

import csv
import io
from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.rows.shape import Shape
from exports.letter.texts.reading import texts
from exports.package import index
from exports.package.columns import SAMPLE, page
from exports.package.data import (
    FORMULA,
    cell,
    columns_of,
    csv_cells,
    csv_columns,
    csv_page,
    csv_row,
    write_csv,
    write_json,
)
from exports.package.layout import DataFile, Layout, Seen, Sheet
from exports.package.workbook import xlsx
from exports.package.workbook.cells import Cells

ZONES = st.sampled_from(["Europe/Stockholm", "UTC", "Asia/Kolkata", "Australia/Lord_Howe"])
OFFSETS = st.sampled_from(
    ["", "Z", "+00", "+02:00", "-03:30", "+0530", "+99:00", ".5", ".5Z", ".123456+01:00", "."]
)
HOURS = st.sampled_from(
    [
        "2025-10-26T00", "2025-10-26 01", "2025-03-30T01", "2025-02-30T10", "0001-01-01T00", "words that h",
        "2025-07-01T22", "2025-07-01 23", "2025-07-01T24", "2025-07-01_10", "2025-07-01t10", "9999-12-31T23",
        "２025-07-01T10", "2025-07-01T1٣",
    ]
)  # fmt: skip
MOMENTS = st.tuples(
    HOURS,
    st.sampled_from([":00:00", ":05:59", ":59:59", ":60:00", ":05"]),
    OFFSETS,
).map("".join)
TEXTS = st.one_of(
    st.text(max_size=20),
    st.builds(
        "".join,
        st.tuples(st.sampled_from([*FORMULA, " ", " =", "", "0"]), st.text("0123456789+", max_size=14)),
    ),
    MOMENTS,
)
VALUES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(TEXTS, max_size=2))
# So many different ones that they are not looked up one by one, and begun or ended alike.
MANY = SAMPLE // 4 + 1
BEGUN = st.sampled_from(["", " ", "+", "=", "0", "é"]).flatmap(
    lambda start: st.lists(
        st.text("0123456789", max_size=12).map(start.__add__), min_size=MANY, max_size=MANY, unique=True
    )
)
ENDED = OFFSETS.flatmap(
    lambda end: st.lists(
        st.tuples(HOURS, st.integers(0, 59), st.integers(0, 60)).map(
            lambda parts: f"{parts[0]}:{parts[1]:02}:{parts[2]:02}{end}"
        ),
        min_size=MANY,
        max_size=MANY,
        unique=True,
    )
)
COLUMNS = st.one_of(
    st.lists(VALUES, min_size=1, max_size=5),
    st.lists(TEXTS, min_size=MANY, max_size=MANY, unique=True),
    st.lists(st.integers(), min_size=1, max_size=5),
    BEGUN,
    ENDED,
)


@settings(max_examples=150, deadline=None)
@given(COLUMNS, ZONES, st.sampled_from([1, 40]))
def test_a_column_says_what_its_values_say(values: list[object], zone: str, times: int) -> None:
    column, words = values * times, texts("sv")
    alone = partial(cell, zone=ZoneInfo(zone), texts=words)
    sheet = columns_of(zone, words)
    assert list(sheet.written(column)) == [alone(value) for value in column]
    # What it has learned of an hour holds for the next page too.
    assert list(sheet.written(values)) == [alone(value) for value in values]


@settings(max_examples=150, deadline=None)
@given(COLUMNS, ZONES, st.sampled_from([1, 40]))
def test_a_column_of_a_sheet_and_of_the_page_has_the_cells_its_values_have(
    values: list[object], zone: str, times: int
) -> None:
    column = values * times
    file = DataFile(stem="a", name="A", source_name="CRM", rows=list, time_zone=zone)
    sheet = Sheet(file, Layout(("a",)), texts("sv"))
    cells = Cells(sheet)
    begin, within, end = cells.written(column)
    assert [f"{begin}{one}{end}" for one in within] == [cells.cell(value) for value in column]
    rows: list[dict[str, object]] = [{"a": value} for value in column]
    assert index.row_lines(sheet, rows) == b"".join(index.row_line(sheet, row) for row in rows)


ROWS = st.lists(
    st.dictionaries(
        st.sampled_from("abc"), st.one_of(VALUES, st.sampled_from(["1.50", "2", "-0.1", "pd", 7])), max_size=3
    ),
    min_size=1,
    max_size=4,
)


def _has_json(row: dict[str, object]) -> bool:
    try:
        return bool(orjson.dumps(row))
    except TypeError:  # half a surrogate pair, or a number of more than 64 bits
        return False


@settings(max_examples=150, deadline=None)
@given(ROWS, ZONES)
def test_a_page_of_rows_is_seen_and_written_as_row_by_row(rows: list[dict[str, object]], zone: str) -> None:
    one, all_at_once = Seen(["c"]), Seen(["c"])
    for row in rows:
        one.see(row)
    all_at_once.see_all(rows[:2])
    all_at_once.see_all(rows[2:])
    assert all_at_once.layout == one.layout
    # As it is noted, chunk by chunk, when they are gathered.
    noted = Seen(["c"])
    for part in (rows[:2], rows[2:]):
        (shape := Shape()).see_all(part)
        noted.add(orjson.loads(orjson.dumps(shape.stored())))
    assert noted.layout == one.layout
    # Where it is known, lines are not read, and the file is the same to the byte.
    lines = list(map(orjson.dumps, rows)) if all(map(_has_json, rows)) else []
    known = DataFile(stem="a", name="A", source_name="CRM", rows=lambda: lines, shape=lambda: noted)
    write_json(quick := io.BytesIO(), known)
    write_json(slow := io.BytesIO(), replace(known, shape=lambda: None))
    assert quick.getvalue() == slow.getvalue()
    codes = {"b": {"pd": "paid", "7": "seven", "1.50": "much"}}
    file = DataFile(stem="a", name="A", source_name="CRM", rows=list, codes=codes, time_zone=zone)
    sheet, columns = Sheet(file, one.layout, texts("sv")), columns_of(zone, texts("sv"))
    by_row = [csv_cells(sheet, row) for row in rows]
    assert list(map(list, csv_columns(sheet, rows, columns))) == list(map(list, zip(*by_row, strict=True)))
    assert csv_page(sheet, rows, columns) == b"".join(csv_row(sheet, row) for row in rows)
    assert index.row_lines(sheet, rows) == b"".join(index.row_line(sheet, row) for row in rows)
    cells = Cells(sheet)
    assert xlsx.page_lines(cells, rows, 2) == b"".join(
        xlsx.row_line(cells, row, number) for number, row in enumerate(rows, 2)
    )


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(st.text('a;"\r\n', max_size=4), min_size=width, max_size=width), min_size=1, max_size=4
        )
    )
)
def test_a_page_is_what_the_csv_module_writes(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerows(rows)
    assert page(list(zip(*rows, strict=True))) == written.getvalue()


def test_hard_values_are_written_as_they_always_were() -> None:
    """To the byte, a page of many rows: guards, exact integers, the local time of a zone whose clocks are set."""
    cells = {
        "id": ("89460111177003264591", '89460111177003264591'),
        "formula": ('" =1+1"', "' =1+1"),
        "phone": ('"+46700000001"', "'+46700000001"),
        "zero": ('"007"', "007"),
        "amount": ('"1.50"', "1,50"),
        "summer": ('"2025-07-01T22:05:09+00:00"', "2025-07-02 00:05:09"),
        "autumn": ('"2025-10-26T00:59:59+00:00"', "2025-10-26 02:59:59"),
        "never": ('"9999-12-31T23:00:00+00:00"', "9999-12-31T23:00:00+00:00"),
        "quoted": ('"a;\\"b\\""', '"a;""b"""'),
        "flag": ("true", "ja"),
        "parts": ('{"to":["a","b"],"n":1.5}', '"to: (a, b); n: 1,5"'),
    }  # fmt: skip
    line = "{" + ",".join(f'"{name}":{given}' for name, (given, _written) in cells.items()) + "}"
    file = DataFile(
        stem="a",
        name="A",
        source_name="CRM",
        rows=lambda: [line.encode()] * 100,
        time_zone="Europe/Stockholm",
    )
    rows, layout = write_json(written := io.BytesIO(), file)
    assert written.getvalue() == b"[\n%s\n]\n" % b",\n".join([line.encode()] * 100)
    assert write_csv(written := io.BytesIO(), file, layout, texts("sv")) == rows
    assert (
        written.getvalue().decode("utf-8-sig").splitlines()[1:]
        == [";".join(shown for _given, shown in cells.values())] * 100
    )

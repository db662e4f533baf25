"""Rows as they are given: moments with whole offsets, numbers to the digit, no column that only names a folder."""

import json
from zoneinfo import ZoneInfo

import pytest

from connectors.description.config import FilesCollection
from connectors.rows.graph import parsed
from exports.answer.exact import exact_cells, exact_lines
from exports.letter.values import whole_moment

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def collection(**more: object) -> FilesCollection:
    return FilesCollection(  # type: ignore[call-arg]
        key="traffic", category="traffic", name={"sv": "a", "da": "b", "en": "c"}, table="t/month=*/*.parquet",
        at="started_at", find={"msisdn": "msisdn"}, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("2026-01-31T14:05:00.123456789", "2026-01-31T14:05:00.123456789+01:00"),
        ("2026-07-01 22:30", "2026-07-01T22:30+02:00"),
        ("2026-01-31 14:05:00+01", "2026-01-31T14:05:00+01:00"),
        ("2026-01-31T14:05:00-0930", "2026-01-31T14:05:00-09:30"),
        ("2026-01-31 14:05:00Z", "2026-01-31T14:05:00Z"),
        # Twice that night, never that night: nobody knows which, so nobody says.
        ("2026-10-25T02:30:00", "2026-10-25T02:30:00"),
        ("2026-03-29T02:30:00", "2026-03-29T02:30:00"),
        ("1850-01-01 10:00", "1850-01-01 10:00"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00"),
        ("9999-12-31 23:59:59+00", "9999-12-31 23:59:59+00"),
        ("0001-01-01", "0001-01-01"),
        ("2026-01-31", "2026-01-31"),
        ("infinity", "infinity"),
        ("-infinity", "-infinity"),
        ("2026-99-01 10:00", "2026-99-01 10:00"),
        ("2026-04-30 24:00:00", "2026-04-30 24:00:00"),
        ("2026-07-01 22:30 the phone rang", "2026-07-01 22:30 the phone rang"),
    ],
)
def test_a_moment_is_whole_in_the_line_and_in_the_cell(written: str, whole: str) -> None:
    assert whole_moment(written, STOCKHOLM) == whole
    row = {"at": written, "in": [{"at": written}], written: 1, "said": f'he said "{written}" and "{written}'}
    expected = {**row, "at": whole, "in": [{"at": whole}]}
    line = json.dumps(row).encode()
    # Beside lines that are whole, as they come a page at a time.
    before, found, after = exact_lines(collection(), STOCKHOLM)([b'{"a":1}', line, b'{"b":[]}'])
    assert (before, parsed(found), after) == (b'{"a":1}', expected, b'{"b":[]}')
    assert exact_cells(collection(), STOCKHOLM)(row) == expected


def test_without_a_zone_a_local_time_is_left_and_an_offset_is_whole() -> None:
    assert whole_moment("2026-01-31 14:05", None) == "2026-01-31 14:05"
    assert whole_moment("2026-01-31 14:05+01", None) == "2026-01-31T14:05+01:00"


def test_every_other_byte_is_as_it_was_gathered() -> None:
    line = b'{"n":89460112345678901234, "x" : 1.10,"t":"\\u00e5"}'
    assert list(exact_lines(collection(partition="month"), STOCKHOLM)([line] * 2)) == [line] * 2


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (b'{"a":1,"month":"2026-11"}', b'{"a":1}'),
        (b'{"month":"2026-11","a":89460112345678901234}', b'{"a":89460112345678901234}'),
        # A column of the rows that is called so, and one that lies deeper.
        (b'{"a":1,"month":"November"}', b'{"a":1,"month":"November"}'),
        (b'{"a":{"month":"2026-11"}}', b'{"a":{"month":"2026-11"}}'),
    ],
)
def test_a_column_that_only_says_in_which_folder_a_row_lay_is_no_data(line: bytes, left: bytes) -> None:
    one = collection(partition="month")
    assert list(exact_lines(one, None)([line])) == [left]
    assert exact_cells(one, None)(parsed(line)) == parsed(left)
    # Where nothing says that it is a folder's, or the columns are listed, it stays.
    listed = collection(partition="month", columns=("started_at", "msisdn", "month"))
    for other in (collection(), listed):
        assert list(exact_lines(other, None)([line])) == [line]

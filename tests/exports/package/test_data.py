"""Files of rows: exact in JSON, harmless in a spreadsheet, and as many as there were."""

import csv
import io
from collections.abc import Callable, Iterable

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.letter.texts.reading import texts
from exports.package.data import (
    CELL,
    FEW,
    DataProblem,
    few_rows,
    write_csv,
    write_json,
)
from exports.package.layout import DataFile, Layout, Table
from exports.package.readme import described

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = SCALARS | st.text() | st.lists(SCALARS, max_size=3)
ROWS = st.lists(st.dictionaries(st.text(min_size=1, max_size=8), VALUES, min_size=1, max_size=5), max_size=8)


def file(lines: Iterable[bytes] | Callable[[], Iterable[bytes]], **more: object) -> DataFile:
    rows = lines if callable(lines) else lambda: lines
    return DataFile(stem="crm-things", name="Things", source_name="CRM", rows=rows, **more)  # type: ignore[arg-type]


def as_json(source: DataFile) -> tuple[object, Layout]:
    out = io.BytesIO()
    _, layout = write_json(out, source)
    return orjson.loads(out.getvalue()), layout


def as_csv(source: DataFile, language: str = "sv") -> list[list[str]]:
    _, layout = write_json(io.BytesIO(), source)
    write_csv(out := io.BytesIO(), source, layout, texts(language))
    text = out.getvalue().decode()
    assert text.startswith("\ufeff")
    csv.field_size_limit(1 << 24)
    return list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";"))


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_json_keeps_every_value_and_csv_every_row(rows: list[dict[str, object]]) -> None:
    lines = [orjson.dumps(row) for row in rows if all(not _lone(v) for v in (*row, *row.values()))]
    kept, layout = as_json(file(lines))
    assert kept == [orjson.loads(line) for line in lines]
    table = as_csv(file(lines))
    assert len(table) == (len(lines) + 1 if lines else 0)
    assert all(len(record) == len(layout.columns) for record in table)


def _lone(value: object) -> bool:
    return isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value)


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+46701740605", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "  =1", "=cmd|' /C calc'!A0"],
)
def test_no_text_is_a_formula(value: str) -> None:
    [_, [cell]] = as_csv(file([orjson.dumps({"a": value})]))
    assert cell == f"'{value}"


def test_a_column_name_is_no_formula_either() -> None:
    assert as_csv(file([orjson.dumps({"=HYPERLINK(1)": 1})]))[0] == ["'=HYPERLINK(1)"]


def test_numbers_stay_numbers_as_nordic_spreadsheets_write_them() -> None:
    row = {"n": -5, "kr": 12.5, "big": 12345678901234567, "yes": True, "no": False, "none": None}
    assert as_csv(file([orjson.dumps(row)]))[1] == ["-5", "12,5", "12345678901234567", "ja", "nej", ""]
    assert as_csv(file([orjson.dumps(row)]), "en")[1][3:5] == ["yes", "no"]


def test_json_keeps_numbers_as_they_were_written() -> None:
    line = b'{"amount": 1.10, "id": 123456789012345678901234567890}'
    out = io.BytesIO()
    write_json(out, file([line]))
    assert line in out.getvalue()


def test_amounts_written_as_text_get_the_decimal_comma_and_json_keeps_them() -> None:
    rows = [
        {"amount": "675.38", "price": "-0.5233", "vat": "100"},
        {"amount": None, "price": "12.00", "vat": "2.5"},
    ]
    lines = [orjson.dumps(row) for row in rows]
    assert as_csv(file(lines))[1:] == [["675,38", "-0,5233", "100"], ["", "12,00", "2,5"]]
    assert as_json(file(lines))[0] == rows


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("msisdn", ["46.701740605"]),
        ("invoice_no", ["1.5"]),
        ("text_version", ["2.1"]),
        ("month", ["2026.11"]),
        ("code_of_old", ["01.50"]),
        ("note", ["1.5", "about 2"]),
        ("address", ["10.0.0.1"]),
        ("mixed", ["1.5", True]),
    ],
)
def test_what_only_looks_like_an_amount_stays_as_it_is(column: str, values: list[object]) -> None:
    assert as_csv(file([orjson.dumps({column: value}) for value in values]))[1] == [values[0]]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2025-09-21T08:31:31.452864+02", "2025-09-21 08:31:31"),
        ("2026-12-01T08:00:05Z", "2026-12-01 09:00:05"),
        ("2026-07-01 22:30", "2026-07-01 22:30:00"),
        ("2026-07-01", "2026-07-01"),
        ("2026-99-99T08:00", "2026-99-99T08:00"),
        ("9999-12-31T23:59:59+00", "9999-12-31T23:59:59+00"),
        ("2026-07-01 22:30 the phone rang", "2026-07-01 22:30 the phone rang"),
    ],
)
def test_moments_are_local_times_that_a_spreadsheet_reads(written: str, shown: str) -> None:
    lines = [orjson.dumps({"at": written})]
    assert as_csv(file(lines, time_zone="Europe/Stockholm"))[1] == [shown]
    assert as_json(file(lines))[0] == [{"at": written}]


def test_a_value_of_several_parts_is_readable_text_and_no_formula() -> None:
    home = {
        "typ": "familj",
        "personer": 4,
        "husdjur": False,
        "bilar": ["Volvo", "Saab"],
        "in": {"a": 1.5, "b": None},
    }
    lines = [orjson.dumps({"home": home, "sums": ["=1+1", 2], "empty": {}})]
    assert as_csv(file(lines))[1] == [
        "typ: familj; personer: 4; husdjur: nej; bilar: (Volvo, Saab); in: (a: 1,5; b: )",
        "'=1+1, 2",
        "",
    ]
    assert as_json(file(lines))[0] == [orjson.loads(lines[0])]


def test_quotes_separators_and_line_breaks_survive() -> None:
    value = 'a;"b"\r\nc\nd,e'
    assert as_csv(file([orjson.dumps({"a": value})]))[1] == [value]


def test_control_characters_are_made_visible_and_huge_texts_cut_in_csv_only() -> None:
    lines = [orjson.dumps({"a": "x\x00\x1b", "b": "y" * 1_000_000})]
    kept, _ = as_json(file(lines))
    assert kept == [{"a": "x\x00\x1b", "b": "y" * 1_000_000}]
    [_, [first, second]] = as_csv(file(lines))
    assert first == "x\ufffd\ufffd"
    assert len(second) < CELL + 100


def test_columns_are_those_that_came_in_the_order_that_was_explained() -> None:
    source = file([b'{"b": 1, "x": 2}', b'{"a": 3, "y": 4}'], columns={"a": "A", "never": "N", "b": "B"})
    assert as_csv(source) == [["A", "B", "x", "y"], ["", "1", "2", ""], ["3", "", "", "4"]]


@pytest.mark.parametrize("bad", [b"{", b"[1]", b"null", b"", b'{"a": 1}{"b": 2}'])
def test_a_bad_row_is_named_by_its_number_and_not_shown(bad: bytes) -> None:
    with pytest.raises(DataProblem, match="crm-things, row 2") as caught:
        write_json(io.BytesIO(), file([b'{"a": 1}', bad]))
    assert bad.decode() not in str(caught.value) or not bad


def test_few_rows_are_for_the_letter_and_many_are_not_even_read() -> None:
    assert few_rows([b'{"a": 1}'] * FEW) == ({"a": 1},) * FEW
    assert few_rows([b'{"a": 1}'] * FEW + [b"not read as a row"]) is None


def test_a_heading_is_in_words_has_its_zone_and_is_no_other_columns_heading() -> None:
    row = {"at": "2026-12-01T08:00:05+01:00", "other_number": 1, "a": 2, "b": 3, "day": "2026-12-01"}
    source = file(
        [orjson.dumps(row)], columns={"at": "Started", "a": "Same", "b": "Same"}, time_zone="Europe/Stockholm"
    )
    assert as_csv(source, "en")[0] == [
        "Started (Central European Time)",
        "Same (a)",
        "Same (b)",
        "other number",
        "day",
    ]
    assert as_csv(source, "da")[0][0] == "Started (centraleuropæisk tid)"


def test_codes_are_explained_where_people_read_and_kept_where_programs_do() -> None:
    lines = [
        orjson.dumps(row) for row in ({"s": "pd", "n": 3}, {"s": "open", "n": 4}, {"s": "??", "n": None})
    ]
    source = file(lines, codes={"s": {"pd": "paid", "open": "open"}, "n": {"3": "third"}})
    assert as_csv(source)[1:] == [["paid (pd)", "third (3)"], ["open", "4"], ["??", ""]]
    assert as_json(source)[0] == [orjson.loads(line) for line in lines]


def test_a_number_has_every_digit_it_had() -> None:
    icc = 89460112345678901234
    line = b'{"iccid": %d, "less": -%d}' % (icc, icc)
    assert as_csv(file([line]))[1] == [str(icc), f"-{icc}"]
    assert few_rows([line]) == ({"iccid": icc, "less": -icc},)


def test_what_means_always_and_never_stays_as_it_is() -> None:
    row = {"from": "0001-01-01", "since": "0001-01-01T00:00:00", "to": "infinity", "on": "9999-12-31"}
    assert as_csv(file([orjson.dumps(row)], time_zone="Europe/Stockholm"))[1] == [
        "0001-01-01",
        "0001-01-01 00:00:00",
        "infinity",
        "9999-12-31",
    ]


def test_the_readme_explains_the_columns_and_codes_that_are_there() -> None:
    source = file([], columns={"a": "What A\nmeans", "b": "unused"}, codes={"c": {"pd": "paid", "x": "x"}})
    lines = list(described(Table(source, Layout(("a", "c")), 1, ("json", "csv")), texts("en")))
    assert lines[:2] == ["Things (CRM), 1 record", "  data/crm-things.json, data/crm-things.csv"]
    assert lines[3:] == ["    a: What A means", "    c: c", "      pd = paid"]

"""Rows of Parquet, CSV and JSON lines, as the files hold them."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import duckdb
import orjson
import pytest

from connectors.contract.base import PAGE_BYTES, Identifier, SourceDown, SourceGarbage, SourceMisconfigured

CALLS = 'key_columns = ["id"]\nfind = { msisdn = "msisdn" }\nat = "started_at"\n'
PARQUET = CALLS + 'table = "calls/month=*/*.parquet"\npartition = "month"\n'
ANYONE = [Identifier("msisdn", "+461")]


@pytest.fixture
def files(connecting, folder):
    def make(collection=PARQUET, zone='time_zone = "Europe/Stockholm"\n'):
        return connecting(f'kind = "files"\npath = "{folder}"\n{zone}', collection)

    return make


def write_month(folder, month, rows, query="", size=2048):
    place = folder / "calls" / f"month={month}"
    place.mkdir(parents=True, exist_ok=True)
    query = (
        query
        or f"""select i as id, '+46' || (i % 3) as msisdn, timestamp '{month}-01' + i * interval 1 minute
        as started_at from range({rows}) r(i)"""
    )
    duckdb.execute(f"copy ({query}) to '{place}/part.parquet' (format parquet, row_group_size {size})")
    return place / "part.parquet"


def test_a_row_arrives_exactly_as_the_file_holds_it(folder, files):
    query = """select 9223372036854775807 as id, '+461' as msisdn, timestamp '2026-01-01 02:30:00.000001' as started_at,
        timestamptz '2026-06-01 12:00:00.123456+00' as instant,
        date '2024-02-29' as day, 199.0000::decimal(12,4) as price,
        0.1::double as ratio, 'nan'::double as odd, '\\x00\\xFF'::blob as photo, ['a', null] as tags,
        {'a': 1} as nested, uuid() is not null as flag,
        null::int as nothing, 'räksmörgås "\t 💥' as "Å b" """
    write_month(folder, "2026-01", 1, query)
    [line] = files().read("c", ANYONE, None, 10).lines
    row = orjson.loads(line)
    assert list(row)[:3] == ["id", "msisdn", "started_at"]
    assert row == {
        "id": 9223372036854775807,
        "msisdn": "+461",
        "started_at": "2026-01-01T02:30:00.000001",
        "instant": "2026-06-01T14:00:00.123456+02",
        "day": "2024-02-29",
        "price": "199.0000",
        "ratio": 0.1,
        "odd": "nan",
        "photo": {"type": "binary", "base64": "AP8="},
        "tags": ["a", None],
        "nested": {"a": 1},
        "flag": True,
        "nothing": None,
        "Å b": 'räksmörgås "\t 💥',
        "month": "2026-01",
    }


@pytest.mark.parametrize("limit", [1000, 1024, 3333, 100_000])
def test_pages_of_any_size_hold_every_row_once(folder, files, everything, limit):
    for month in ("2025-12", "2026-01", "2026-02"):
        write_month(folder, month, 10_000)
    lines = everything(files(), ANYONE, limit)
    assert len(lines) == 3 * 3333
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("ending", ["parquet", "jsonl"])
def test_a_page_of_big_rows_ends_with_the_one_that_fills_it(folder, files, ending):
    query = "select i as id, '+461' as msisdn, repeat('x', 10000) as note from range(2000) r(i)"
    duckdb.execute(f"copy ({query}) to '{folder}/big.{ending}' (format {ending.replace('jsonl', 'json')})")
    source = files(f'key_columns = ["id"]\nfind = {{ msisdn = "msisdn" }}\ntable = "*.{ending}"\n')
    first = source.read("c", ANYONE, None, 5000)
    size = sum(map(len, first.lines))
    assert size - len(first.lines[-1]) <= PAGE_BYTES < size
    second = source.read("c", ANYONE, first.cursor, 5000)
    assert second.cursor is None
    assert [orjson.loads(line)["id"] for line in first.lines + second.lines] == list(range(2000))


def test_an_address_leased_for_hours_at_a_time_finds_those_hours(folder, files, everything):
    for month in range(1, 7):
        write_month(folder, f"2026-{month:02}", 6000)
    first, hour = datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=1)
    begins = {(f"+46{number % 3}", first + 3 * number * hour) for number in range(1448)}
    leases = [Identifier("msisdn", address, begin, begin + hour) for address, begin in begins]
    found = [orjson.loads(line) for line in everything(files(zone='time_zone = "UTC"\n'), leases, 5000)]
    expected = [
        (f"2026-{month:02}", minute)
        for month in range(1, 7)
        for minute in range(6000)
        if (
            f"+46{minute % 3}",
            datetime(2026, month, 1, minute // 60 % 24, tzinfo=UTC) + minute // 1440 * 24 * hour,
        )
        in begins
    ]
    assert [(row["month"], row["id"]) for row in found] == expected
    assert len(expected) > 3000


def test_text_in_a_csv_file_stays_text(folder, files):
    (folder / "calls.csv").write_text(
        'id;msisdn;started_at;note;empty;quoted\n007;+461;2026-01-01T00:00:00;"a;""b""\nc";;""\n'
    )
    [line] = files(CALLS + 'table = "*.csv"\ndelimiter = ";"\n').read("c", ANYONE, None, 10).lines
    assert orjson.loads(line) == {
        "id": "007",
        "msisdn": "+461",
        "started_at": "2026-01-01T00:00:00",
        "note": 'a;"b"\nc',
        "empty": None,
        "quoted": "",
    }


def test_a_json_line_is_handed_over_as_it_was_written(folder, files):
    rows = [
        '{"msisdn": "+461", "id":1,  "rate": 1.10, "big": 12345678901234567890123}',
        '{"msisdn":"+462","id":2}',
    ]
    with gzip.open(folder / "calls.jsonl.gz", "wt") as file:
        file.write("\n".join(rows) + "\n")
    source = files('table = "*.jsonl.gz"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\n')
    assert source.read("c", ANYONE, None, 10).lines == [rows[0].encode()]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_pages_of_text_files(folder, files, everything, ending):
    for name in ("a", "b", "c"):
        rows = [{"id": f"{name}{i}", "msisdn": f"+46{i % 2}", "started_at": "2026-01-01"} for i in range(50)]
        text = "\n".join(json.dumps(row) if ending == "jsonl" else ",".join(row.values()) for row in rows)
        (folder / f"{name}.{ending}").write_text(
            ("" if ending == "jsonl" else "id,msisdn,started_at\n") + text + "\n"
        )
    lines = everything(files(CALLS + f'table = "*.{ending}"\n'), ANYONE, 7)
    assert len({orjson.loads(line)["id"] for line in lines}) == len(lines) == 75


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_time_in_any_spelling_is_compared_as_time(folder, files, ending):
    written = ("2026-01-31 23:59:59.999999", "2026-02-01", "2026-02-01T00:00:00", "2026-01-31T23:00:00Z",
               "2026-02-01T00:00:00+01:00", "2026-01-31T22:59:59Z", "")  # fmt: skip
    rows = [{"id": str(number), "msisdn": "+461", "started_at": one} for number, one in enumerate(written)]
    text = "\n".join(json.dumps(row) if ending == "jsonl" else ",".join(row.values()) for row in rows)
    (folder / f"a.{ending}").write_text(("" if ending == "jsonl" else "id,msisdn,started_at\n") + text + "\n")
    since = Identifier("msisdn", "+461", datetime(2026, 1, 31, 23, tzinfo=UTC))
    lines = files(CALLS + f'table = "*.{ending}"\n').read("c", [since], None, 10).lines
    assert [orjson.loads(line)["id"] for line in lines] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("type_", ["timestamp", "timestamptz", "date"])
def test_the_interval_is_half_open(folder, files, type_):
    days = ("2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01")
    rows = " union all ".join(
        f"select '{day}' as id, '+461' as msisdn, '{day}'::{type_} as started_at" for day in days
    )
    duckdb.execute("set timezone = 'Europe/Stockholm'")
    write_month(folder, "2026-01", 1, rows)
    february = Identifier(
        "msisdn", "+461", datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC)
    )
    lines = files(PARQUET.replace('partition = "month"\n', "")).read("c", [february], None, 10).lines
    assert [orjson.loads(line)["id"] for line in lines] == ["2026-02-01", "2026-02-28"]


def test_months_outside_the_interval_are_not_even_opened(folder, files):
    write_month(folder, "2026-03", 100)
    (folder / "calls" / "month=2025-01").mkdir(parents=True)
    (folder / "calls" / "month=2025-01" / "part.parquet").write_bytes(b"no Parquet at all")
    march = Identifier(
        "msisdn", "+461", datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    )
    assert len(files().read("c", [march], None, 100).lines) == 33
    with pytest.raises(SourceGarbage):
        files().read("c", ANYONE, None, 100)


def test_the_last_and_first_day_of_a_month_are_not_pruned_away(folder, files):
    query = "select 1 as id, '+461' as msisdn, timestamp '2026-03-31 23:59:59' as started_at"
    write_month(folder, "2026-03", 1, query)
    last = Identifier(
        "msisdn", "+461", datetime(2026, 3, 31, 21, 59, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)
    )
    assert len(files().read("c", [last], None, 10).lines) == 1


def test_no_file_at_all_is_a_fault_and_not_nothing_held(files):
    with pytest.raises(SourceMisconfigured, match="no-files"):
        files().read("c", ANYONE, None, 10)
    with pytest.raises(SourceMisconfigured, match="no-files"):
        files().check()


def test_a_file_written_anew_between_two_pages_is_noticed(folder, files):
    write_month(folder, "2026-01", 10_000)
    page = files().read("c", ANYONE, None, 10)
    write_month(folder, "2026-01", 9_000)
    with pytest.raises(SourceGarbage, match="file-changed"):
        files().read("c", ANYONE, page.cursor, 10)


def test_a_missing_column_and_a_missing_zone_are_named(folder, files):
    write_month(folder, "2026-01", 10, "select 1 as id, timestamp '2026-01-01' as started_at")
    with pytest.raises(SourceMisconfigured, match="no-column: msisdn"):
        files().check()
    write_month(folder, "2026-01", 10)
    with pytest.raises(SourceMisconfigured, match="time-zone-missing"):
        files(zone="").check()


def test_an_identifier_is_never_part_of_the_statement(folder, files):
    write_month(folder, "2026-01", 10)
    for value in ("' or true --", "+461'; drop table x; --", "?", "%"):
        assert files().read("c", [Identifier("msisdn", value)], None, 10).lines == []


def test_counting_is_what_reading_finds(folder, files):
    write_month(folder, "2026-01", 100)
    assert files().count("c", ANYONE) == 33
    assert files().count("c", [Identifier("email", "a@x")]) == 0


def test_arrays_numbers_and_spellings_find_rows(folder, files):
    query = "select 1 as id, ['+461', '+462'] as msisdn, 46701740605 as number, timestamp '2026-01-01' as started_at"
    write_month(folder, "2026-01", 1, query)
    collection = (
        'key_columns = ["id"]\ntable = "calls/month=*/*.parquet"\n[source.collection.find]\n'
        'msisdn = { column = "msisdn", array = true }\nphone = { column = "number", written = "digits" }\n'
        'pair = ["id", "number"]\n'
    )
    source = files(collection)
    for kind, value, found in (
        ("msisdn", "+462", 1), ("msisdn", "+463", 0), ("phone", "+46 70 174 06 05", 1), ("phone", "x", 0),
        ("pair", "[1, 46701740605]", 1), ("pair", "[2, 46701740605]", 0),
    ):  # fmt: skip
        assert len(source.read("c", [Identifier(kind, value)], None, 10).lines) == found, (kind, value)


def test_a_folder_that_cannot_be_read_is_down_or_misconfigured(connecting, folder):
    source = connecting(
        'kind = "files"\npath = "/nowhere/at/all"\n', 'table = "*.csv"\nfind = { msisdn = "m" }\n'
    )
    with pytest.raises((SourceDown, SourceMisconfigured)):
        source.check()

"""When a row of a file happened, in whatever type or spelling: whose it was must come out the same everywhere."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.contract.base import Identifier, SourceError, SourceGarbage, SourceMisconfigured

CALLS = 'key_columns = ["id"]\nfind = { msisdn = "msisdn" }\nat = "at"\non_erase = "delete"\n'
APRIL = datetime(2026, 4, 30, 22, tzinfo=UTC)  # the first of May in Stockholm
FORMER = Identifier("msisdn", "+461", None, APRIL)
NEXT = Identifier("msisdn", "+461", APRIL, None)


@pytest.fixture
def files(connecting, folder):
    def make(table, zone='time_zone = "Europe/Stockholm"\n', collection=CALLS):
        return connecting(f'kind = "files"\npath = "{folder}"\n{zone}', f'table = "{table}"\n{collection}')

    return make


def found(connector, *identifiers):
    return [orjson.loads(line)["id"] for line in connector.read("c", identifiers, None, 100).lines]


def write(folder, ending, values):
    """Rows 0, 1, 2... of one person, each with one of these texts as its time."""
    rows = [{"id": number, "msisdn": "+461", "at": value} for number, value in enumerate(values)]
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), folder / "a.parquet")
        return
    lines = [json.dumps(row) for row in rows]
    if ending == "csv":
        lines = ["id,msisdn,at", *(f"{row['id']},{row['msisdn']},{row['at'] or ''}" for row in rows)]
    (folder / f"a.{ending}").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Stockholm", "America/New_York"])
def test_an_instant_and_a_local_time_of_any_precision_are_told_apart(folder, files, unit, zone):
    """A local time is Stockholm's. The second row happened an hour before the first of May, the third as it began."""
    times = [datetime(2026, 4, 30, 20, 59, 59, 999000), datetime(2026, 4, 30, 21), datetime(2026, 4, 30, 22)]
    if zone is None:
        times = [
            one.replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Stockholm")).replace(tzinfo=None)
            for one in times
        ]
    ids, numbers = pa.array([0, 1, 2]), pa.array(["+461"] * 3)
    table = pa.table({"id": ids, "msisdn": numbers, "at": pa.array(times, pa.timestamp(unit, zone))})
    pq.write_table(table, folder / "a.parquet")
    connector = files("a.parquet")
    assert (found(connector, FORMER), found(connector, NEXT)) == ([0, 1], [2])
    assert connector.erase("c", [(0,), (1,), (2,)], dry_run=False, whose=[FORMER]) == 2
    assert found(connector, Identifier("msisdn", "+461")) == [2]


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_nanoseconds_are_not_rounded_over_the_edge(folder, files, zone):
    last = int(APRIL.timestamp()) * 10**9 + (0 if zone else 2 * 3600 * 10**9) - 1
    table = {"id": [0], "msisdn": ["+461"], "at": pa.array([last], pa.int64()).cast(pa.timestamp("ns", zone))}
    pq.write_table(pa.table(table), folder / "a.parquet")
    assert (found(files("a.parquet"), FORMER), found(files("a.parquet"), NEXT)) == ([0], [])
    long = Identifier("msisdn", "+461", datetime(1500, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC))
    assert found(files("a.parquet"), long) == [0]


def test_an_instant_in_nanoseconds_is_given_as_any_other_and_is_a_key(folder, files):
    at = pa.array([1_777_593_599_123_456_789, None], pa.int64()).cast(pa.timestamp("ns", "UTC"))
    pq.write_table(
        pa.table({"id": [0, 1], "msisdn": ["+461"] * 2, "at": at, "all": [[1], [2]]}), folder / "a.parquet"
    )
    connector = files("a.parquet", zone="", collection=CALLS.replace('"id"', '"at"'))
    connector.check()
    assert [(one.type, one.known) for one in connector.describe("c") if one.name == "at"] == [
        ("TIMESTAMPTZ_NS", True)
    ]
    rows = [orjson.loads(line) for line in connector.read("c", [Identifier("msisdn", "+461")], None, 9).lines]
    assert [row["at"] for row in rows] == ["2026-04-30T23:59:59.123456789+00", None]
    assert connector.erase("c", [(rows[0]["at"],)], dry_run=False) == 1


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize(
    ("written", "former"),
    [
        ("2026-04-30T21:59:59.999999Z", True), ("2026-04-30 22:00:00+00", False), ("2026-05-01", False),
        ("2026-04-30T23:59", True), ("2026-04-30T23:59:59.9999999", True), ("2026-05-01T00:00:00", False),
        ("2026-04-30T18:00:00-0400", False), ("2026-04-30T17:59-04:00", True), ("9999-12-31", False),
        ("0001-01-02", True),
        # no moment at all: nobody's where a time is asked for
        ("infinity", None), ("-infinity", None), ("", None), (None, None), ("0000-00-00 00:00:00", None),
        ("0001-01-01", None), ("9999-12-31T23:59:59-12:00", None),
    ],
)  # fmt: skip
def test_a_time_in_text_is_the_same_time_in_every_format(folder, files, ending, written, former):
    write(folder, ending, ["2026-01-01", written])
    whose = [bool(found(files(f"a.{ending}"), one)[one is FORMER :]) for one in (FORMER, NEXT)]
    assert whose == [former is True, former is False]


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize(
    "written",
    [
        "2026-04-30 22:30:00 UTC", "2026-04-30 22:30:00 America/New_York", "2026-04-30 24:00:00", " 2026-04-30",
        "2026-04-30 22:30:61", "0000-05-05", "2026-02-30", "2026-4-30", "epoch", "Infinity", "0044-03-15 (BC)",
        "20260430", "1705120800000", "1777586400", "n/a",
    ],
)  # fmt: skip
def test_a_time_that_could_mean_another_is_a_fault_that_names_its_column(folder, files, ending, written):
    write(folder, ending, ["2026-01-01", written])
    for one in (FORMER, NEXT):
        with pytest.raises(SourceGarbage, match=r"^not-a-moment: at$"):
            files(f"a.{ending}").read("c", [one], None, 10)
        with pytest.raises(SourceGarbage, match=r"^not-a-moment: at$"):
            files(f"a.{ending}").erase(
                "c", [(str(n),) for n in (0, 1)] + [(0,), (1,)], dry_run=True, whose=[one]
            )


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize("find", ['"msisdn"', '{ column = "tags", array = true }'])
def test_an_unreadable_time_in_a_row_of_somebody_else_is_no_obstacle(folder, files, ending, find):
    rows = [{"id": str(n), "msisdn": m, "tags": json.dumps([m]), "at": at}
            for n, (m, at) in enumerate([("+462", "n/a"), ("+461", "2026-01-01"), ("+463", "n/a")])]  # fmt: skip
    if ending == "parquet":
        rows = [{**row, "tags": [row["msisdn"]]} for row in rows]
        pq.write_table(pa.Table.from_pylist(rows), folder / "a.parquet")
    elif ending == "csv":
        duckdb.from_arrow(pa.Table.from_pylist(rows)).write_csv(str(folder / "a.csv"))
    else:
        (folder / "a.jsonl").write_text(
            "".join(json.dumps({**row, "tags": [row["msisdn"]]}) + "\n" for row in rows)
        )
    connector = files(f"a.{ending}", collection=CALLS.replace('"msisdn"', find))
    assert found(connector, FORMER, Identifier("msisdn", "+469", APRIL)) == ["1"]
    assert connector.erase("c", [("0",), ("1",), ("2",)], dry_run=False, whose=[FORMER]) == 1


@pytest.mark.parametrize(
    "value",
    [
        "timestamp 'infinity'",
        "timestamptz '-infinity'",
        "date 'infinity'",
        "timestamp '-infinity'",
        "date '-infinity'",
    ],
)
def test_a_time_without_end_is_no_time(folder, files, value):
    duckdb.execute(f"copy (select 0 as id, '+461' as msisdn, {value} as at) to '{folder}/a.parquet'")
    assert found(files("a.parquet"), FORMER) == found(files("a.parquet"), NEXT) == []
    assert found(files("a.parquet"), Identifier("msisdn", "+461")) == [0]


@pytest.mark.parametrize("value", ["1777586400000", "time '10:00:00'", "['2026-01-01']", "1.5::double"])
def test_a_column_that_is_no_time_is_refused(folder, files, value):
    duckdb.execute(f"copy (select 0 as id, '+461' as msisdn, {value} as at) to '{folder}/a.parquet'")
    for tried in (lambda made: made.check(), lambda made: made.read("c", [NEXT], None, 10)):
        with pytest.raises(SourceMisconfigured, match="at-type: at"):
            tried(files("a.parquet"))


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland", "UTC"])
@pytest.mark.parametrize("type_", ["timestamp", "timestamptz", "date", "varchar", "timestamp_ns"])
def test_one_end_may_be_open_in_any_zone(folder, files, zone, type_):
    duckdb.execute("set timezone = 'UTC'")
    query = f"select 0 as id, '+461' as msisdn, '2026-01-01'::{type_} as at"
    duckdb.execute(f"copy ({query}) to '{folder}/a.parquet'")
    connector = files("a.parquet", zone=f'time_zone = "{zone}"\n')
    assert (found(connector, FORMER), found(connector, NEXT)) == ([0], [])


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_the_time_may_stand_in_the_path(folder, files, ending):
    for day in ("2026-04-30", "2026-05-01", "soon"):
        (folder / f"at={day}").mkdir()
        rows = [{"id": day, "msisdn": "+462" if day == "soon" else "+461"}]
        if ending == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), folder / f"at={day}" / "a.parquet")
        elif ending == "csv":
            (folder / f"at={day}" / "a.csv").write_text(f"id,msisdn\n{day},{rows[0]['msisdn']}\n")
        else:
            (folder / f"at={day}" / "a.jsonl").write_text(json.dumps(rows[0]))
    connector = files(f"at=*/*.{ending}")
    assert (found(connector, FORMER), found(connector, NEXT)) == (["2026-04-30"], ["2026-05-01"])
    with pytest.raises(SourceGarbage, match=r"^not-a-moment: at$"):
        connector.read("c", [Identifier("msisdn", "+462", APRIL)], None, 10)


def test_a_file_of_local_times_needs_the_sources_zone(folder, files):
    for type_ in ("timestamp", "timestamp_ns", "date", "varchar"):
        duckdb.execute(
            f"copy (select 0 as id, '+461' as msisdn, '2026-01-01'::{type_} as at) to '{folder}/a.parquet'"
        )
        for tried in (lambda made: made.check(), lambda made: made.read("c", [NEXT], None, 10)):
            with pytest.raises(SourceError, match=r"time-zone-missing: .*at"):
                tried(files("a.parquet", zone=""))

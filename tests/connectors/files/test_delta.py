"""Delta tables: what is live by their log is read, and their own delete takes rows out; written by the library."""

import json
import struct
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from connectors.contract.base import Identifier, SourceGarbage, SourceMisconfigured, SourceMoved

CALLS = (
    'format = "delta"\ntable = "lake/calls"\nkey_columns = ["Id"]\nfind = { msisdn = "msisdn" }\nat = "at"\n'
    'on_erase = "delete"\n'
)
ME = [Identifier("msisdn", "+461")]
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rows(first, last, **more):
    numbers = range(first, last)
    return pa.table(
        {
            "Id": pa.array(numbers, pa.int32()),
            "msisdn": pa.array([f"+46{one % 3}" for one in numbers], pa.string()),
            "at": pa.array([AT + timedelta(minutes=one) for one in numbers], pa.timestamp("us", "UTC")),
            "price": pa.array([Decimal("1.10")] * len(numbers), pa.decimal128(8, 2)),
            "day": pa.array([date(2026, 3, 1 + one % 2) for one in numbers], pa.date32()),
            **{name: [value] * len(numbers) for name, value in more.items()},
        }
    )


@pytest.fixture
def place(folder):
    """A table of three versions and two files a day: rows 0 to 99, then a column more, then rows deleted."""
    place = folder / "lake/calls"
    place.mkdir(parents=True)
    write_deltalake(place, rows(0, 60), partition_by=["day"])
    write_deltalake(place, rows(60, 100, tower="Åre"), mode="append", schema_mode="merge")
    DeltaTable(place).delete('"Id" = 4')
    return place


@pytest.fixture
def source(connecting, folder):
    return lambda collection=CALLS: connecting(f'kind = "files"\npath = "{folder}"\n', collection)


def mine(lines):
    return sorted(json.loads(line)["Id"] for line in lines)


LIVE = [one for one in range(100) if one % 3 == 1 and one != 4]


def test_what_is_live_is_read_with_every_column_there_ever_was(place, source, everything):
    source().check()
    lines = everything(source(), ME, 7)
    assert mine(lines) == LIVE
    assert source().count("c", ME) == len(LIVE)
    found = {json.loads(line)["Id"]: json.loads(line) for line in lines}
    assert found[1] == {
        "Id": 1, "msisdn": "+461", "at": "2026-03-01T12:01:00+00", "price": "1.10", "day": "2026-03-02",
        "tower": None,
    }  # fmt: skip
    assert found[61]["tower"] == "Åre"
    assert [one.name for one in source().describe("c")] == ["Id", "msisdn", "at", "price", "day", "tower"]
    assert len(source().sample("c", 2)) == 2
    bounded = Identifier("msisdn", "+461", AT, AT + timedelta(minutes=10))
    assert mine(everything(source(), [bounded])) == [1, 7]


def test_all_pages_are_of_one_version_while_others_write(place, source):
    first = source().read("c", ME, None, 20)
    write_deltalake(place, rows(100, 130, tower="x"), mode="append")
    DeltaTable(place).optimize.compact()
    second = source().read("c", ME, first.cursor, 100)
    assert mine(first.lines + second.lines) == LIVE
    assert second.cursor is None
    DeltaTable(place).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    with pytest.raises(SourceMoved, match="file-changed"):
        source().read("c", ME, first.cursor, 100)


def test_erasing_is_the_table_s_own_delete_and_leaves_no_key_in_its_log(place, source, everything):
    before = DeltaTable(place).version()
    keys = [(one,) for one in (1, 7, 2, 999_999)]
    assert source().erase("c", keys, dry_run=True, whose=ME) == 2
    assert DeltaTable(place).version() == before
    assert source().erase("c", keys, dry_run=False, whose=ME) == 2
    assert source().erase("c", keys, dry_run=False, whose=ME) == 0
    assert DeltaTable(place).version() == before + 1
    assert source().remaining("c", keys) == 1, "the row of somebody else is left"
    assert mine(everything(source(), ME)) == [one for one in LIVE if one not in (1, 7)]
    assert len(everything(source(), [Identifier("msisdn", "+460"), Identifier("msisdn", "+462")])) == 67
    log = Path(place, "_delta_log", f"{before + 1:020d}.json").read_text()
    said = json.loads(log.splitlines()[0])["commitInfo"]["operationParameters"]
    assert "999999" not in log
    assert said["mergePredicate"] == 'target."Id" = source.key0'


def test_a_key_that_is_somebody_else_s_too_takes_nothing(place, source):
    same = rows(2, 3, tower="").set_column(0, "Id", pa.array([1], pa.int32()))
    write_deltalake(place, same, mode="append")
    with pytest.raises(SourceMisconfigured, match="key-not-unique: Id"):
        source().erase("c", [(1,)], dry_run=False, whose=ME)
    assert source().remaining("c", [(1,)]) == 2


def test_the_table_says_how_long_earlier_versions_are_kept(place, source):
    assert source().outlasting("c") == timedelta(days=7)
    DeltaTable(place).alter.set_table_properties({"delta.deletedFileRetentionDuration": "interval 36 hours"})
    assert source().outlasting("c") == timedelta(hours=36)


def test_a_table_without_rows_has_columns_all_the_same(folder, source, everything):
    write_deltalake(folder / "lake/calls", rows(0, 0))
    source().check()
    assert everything(source(), ME) == []
    assert source().sample("c", 1) == []
    with pytest.raises(SourceMisconfigured, match="no-column: nope"):
        source(CALLS.replace('"msisdn" }', '"nope" }')).check()


def test_a_moment_written_without_its_zone_is_no_local_time(folder, connecting, everything):
    place = folder / "lake/calls"
    write_deltalake(place, rows(1, 2))
    (file,) = place.glob("*.parquet")
    table = pq.read_table(file)
    naive = table["at"].cast(pa.timestamp("us"))
    pq.write_table(table.set_column(2, "at", naive), file, use_deprecated_int96_timestamps=True)
    local = connecting(f'kind = "files"\npath = "{folder}"\ntime_zone = "Asia/Tokyo"\n', CALLS)
    span = Identifier("msisdn", "+461", AT, AT + timedelta(minutes=5))
    assert len(everything(local, [span])) == 1


def set_feature(place, version, **protocol):
    line = json.dumps({"protocol": {"minReaderVersion": 1, "minWriterVersion": 7, **protocol}})
    Path(place, "_delta_log", f"{version:020d}.json").write_text(line + "\n")


def test_what_the_table_needs_and_nobody_can_is_one_fault(place, source):
    set_feature(place, 3, minReaderVersion=3, readerFeatures=["madeUp"], writerFeatures=["madeUp"])
    for ask in (source().check, lambda: source().read("c", ME, None, 5)):
        with pytest.raises(SourceMisconfigured, match="table-feature: madeUp"):
            ask()


def test_columns_under_other_names_in_the_files_are_one_fault(folder, source):
    write_deltalake(place := folder / "lake/calls", rows(0, 9))
    log = Path(place, "_delta_log", f"{0:020d}.json")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (told,) = [line["metaData"] for line in lines if "metaData" in line]
    schema = json.loads(told["schemaString"])
    for number, column in enumerate(schema["fields"], 1):
        name = {"delta.columnMapping.id": number, "delta.columnMapping.physicalName": f"col-{number}"}
        column["metadata"] = name
    told["schemaString"] = json.dumps(schema)
    told["configuration"] = {"delta.columnMapping.mode": "name"}
    lines = [
        {"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}} if "protocol" in one else one
        for one in lines
    ]
    log.write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(SourceMisconfigured, match="table-feature: columnMapping"):
        source().check()


def test_what_would_refuse_the_delete_is_told_before_anything_goes(place, source):
    set_feature(place, 3, writerFeatures=["rowTracking", "domainMetadata"])
    assert len(source().read("c", ME, None, 100).lines) == len(LIVE)
    for ask in (source().check, lambda: source().erase("c", [(1,)], dry_run=True)):
        with pytest.raises(SourceMisconfigured, match="table-feature: DomainMetadata, RowTracking"):
            ask()


def test_a_table_that_only_grows_is_told_before_anything_goes(folder, source):
    write_deltalake(folder / "lake/calls", rows(0, 9), configuration={"delta.appendOnly": "true"})
    for ask in (source().check, lambda: source().erase("c", [(1,)], dry_run=True)):
        with pytest.raises(SourceMisconfigured, match="append-only"):
            ask()


@pytest.mark.parametrize("log", [None, "{", '{"add": 5}'])
def test_what_is_no_table_is_one_fault(folder, source, log):
    (folder / "lake/calls/_delta_log").mkdir(parents=True)
    if log:
        Path(folder, "lake/calls/_delta_log", f"{0:020d}.json").write_text(log)
    with pytest.raises((SourceMisconfigured, SourceGarbage), match=r"no-files|not-readable"):
        source().check()


Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def vector(*gone):
    """A deletion vector as it stands in the log: a roaring bitmap of row numbers, in base 85."""
    bitmap = struct.pack("<IIHHI", 12346, 1, 0, len(gone) - 1, 16) + struct.pack(f"<{len(gone)}H", *gone)
    blob = struct.pack("<IQI", 1681511377, 1, 0) + bitmap
    padded = blob + b"\0" * (-len(blob) % 4)
    text = ""
    for start in range(0, len(padded), 4):
        number = int.from_bytes(padded[start : start + 4], "big")
        text += "".join(Z85[number // 85**power % 85] for power in (4, 3, 2, 1, 0))
    return {
        "storageType": "i", "pathOrInlineDv": text, "sizeInBytes": len(blob), "cardinality": len(gone),
    }  # fmt: skip


def take_out(place, *gone):
    """Version 1 of a table of one file: its rows with these numbers do not count any more."""
    log = Path(place, "_delta_log", f"{0:020d}.json").read_text()
    (added,) = [json.loads(line)["add"] for line in log.splitlines() if '"add"' in line]
    removed = {"path": added["path"], "deletionTimestamp": 1, "dataChange": True, "size": added["size"]}
    lines = [{"remove": removed}, {"add": {**added, "deletionVector": vector(*gone)}}]
    Path(place, "_delta_log", f"{1:020d}.json").write_text("\n".join(map(json.dumps, lines)) + "\n")


VECTORS = {"delta.enableDeletionVectors": "true"}


def test_rows_that_a_deletion_vector_took_out_are_gone(folder, source, everything):
    """Spark writes these: the file stays, and the log says which of its rows do not count."""
    place = folder / "lake/calls"
    write_deltalake(place, rows(0, 10), configuration=VECTORS)
    take_out(place, 1, 2)
    assert mine(everything(source(), ME)) == [4, 7]
    assert source().count("c", ME) == 2
    assert source().erase("c", [(1,), (4,)], dry_run=False) == 1
    assert mine(everything(source(), ME)) == [7]
    assert len(everything(source(), [Identifier("msisdn", "+460")])) == 4


@pytest.mark.parametrize("value", ["plain", "a b%20c/å#?"])
def test_they_are_gone_also_where_the_path_leads_through_a_link_and_a_folder_is_spelled_oddly(
    folder, connecting, everything, value
):
    (folder / "on disk å").mkdir()
    table = rows(0, 10, tower=value)
    write_deltalake(folder / "on disk å/lake/calls", table, partition_by=["tower"], configuration=VECTORS)
    take_out(folder / "on disk å/lake/calls", 1, 2)
    (folder / "mounted").symlink_to(folder / "on disk å")
    linked = connecting(f'kind = "files"\npath = "{folder}/mounted"\n', CALLS)
    assert mine(everything(linked, ME)) == [4, 7]
    assert linked.erase("c", [(1,), (4,)], dry_run=False) == 1
    assert mine(everything(linked, ME)) == [7]


@pytest.mark.parametrize("linked", ["calls", "calls/_delta_log"])
def test_a_table_that_a_link_leads_out_to_is_not_read(folder, source, tmp_path_factory, linked):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write_deltalake(folder / "lake/calls", rows(0, 9))
    (folder / "lake" / linked).rename(elsewhere / "moved")
    (folder / "lake" / linked).symlink_to(elsewhere / "moved")
    with pytest.raises(SourceMisconfigured, match="outside"):
        source().read("c", ME, None, 5)

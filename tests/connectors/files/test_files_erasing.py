"""Taking rows out of files: the file is written anew, and whatever happens it is whole."""

import gzip
import json
import multiprocessing
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from fcntl import flock
from threading import Event

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.contract.base import Identifier, SourceMisconfigured, SourceMoved
from connectors.files.storage import Storage
from connectors.rows.graph import key_of, parsed

CALLS = 'key_columns = ["id"]\nfind = { msisdn = "msisdn" }\non_erase = "delete"\n'


@pytest.fixture
def calls(folder):
    for month in ("2026-01", "2026-02"):
        place = folder / f"month={month}"
        place.mkdir()
        duckdb.execute(
            f"""copy (select '{month}-' || i as id, '+46' || (i % 3) as msisdn, i / 7.0::decimal(9,4) as price,
            timestamp '2026-01-01' + i * interval 1 microsecond as at from range(10000) r(i))
            to '{place}/part.parquet' (format parquet, row_group_size 2048, compression zstd)"""
        )
    return folder


@pytest.fixture
def source(connecting, folder):
    def make(collection=CALLS + 'table = "month=*/*.parquet"\n'):
        return connecting(f'kind = "files"\npath = "{folder}"\n', collection)

    return make


def rows(folder, where="true"):
    return duckdb.execute(
        f"select * from read_parquet('{folder}/*/*.parquet', hive_partitioning = false) where {where} order by id"
    ).fetchall()


def test_only_these_rows_go_and_all_else_is_as_before(calls, source):
    keys = [(f"2026-01-{i}",) for i in range(0, 10_000, 3)]
    before = rows(calls, "not (id like '2026-01-%' and msisdn = '+460')")
    untouched = (calls / "month=2026-02" / "part.parquet").stat().st_mtime_ns
    assert source().erase("c", keys, dry_run=True) == len(keys)
    assert len(rows(calls)) == 20_000
    assert source().erase("c", keys, dry_run=False) == len(keys)
    assert rows(calls) == before
    assert source().remaining("c", keys) == 0
    assert (calls / "month=2026-02" / "part.parquet").stat().st_mtime_ns == untouched


def test_the_new_file_has_the_types_and_packing_of_the_old(calls, source):
    def form():
        return duckdb.execute(
            "select distinct path_in_schema, type, compression "
            f"from parquet_metadata('{calls}/*01/part.parquet') order by 1"
        ).fetchall()

    before, mode = form(), (calls / "month=2026-01" / "part.parquet").stat().st_mode
    source().erase("c", [("2026-01-5",)], dry_run=False)
    assert form() == before
    assert (calls / "month=2026-01" / "part.parquet").stat().st_mode == mode


def test_erasing_again_does_nothing_and_leaves_nothing_behind(calls, source):
    assert [source().erase("c", [("2026-01-1",)], dry_run=False) for _ in range(3)] == [1, 0, 0]
    assert sorted(os.listdir(calls / "month=2026-01")) == ["part.parquet"]


def test_a_file_that_loses_all_its_rows_stays_as_an_empty_one(calls, source):
    keys = [(f"2026-01-{i}",) for i in range(10_000)]
    assert source().erase("c", keys, dry_run=False) == 10_000
    assert len(rows(calls)) == 10_000
    assert source().remaining("c", keys) == 0


def test_what_can_not_be_written_back_is_told_by_the_dry_run(folder, source):
    """An interval of time comes back as bytes. Of files of one form a single row group is tried."""
    for name in ("a", "b"):
        duckdb.execute(
            "copy (select i as id, '+461' as msisdn, interval 1 day as lasted from range(5000) r(i)) "
            f"to '{folder}/{name}.parquet' (format parquet, row_group_size 2048)"
        )
    before = (folder / "a.parquet").read_bytes()
    for dry_run in (True, False):
        with pytest.raises(SourceMisconfigured, match="file-type"):
            source(CALLS + 'table = "*.parquet"\n').erase("c", [(4500,)], dry_run=dry_run)
    assert (folder / "a.parquet").read_bytes() == before
    assert source(CALLS + 'table = "*.parquet"\n').erase("c", [(5001,)], dry_run=True) == 0


@pytest.mark.parametrize(
    "type_", [pa.string_view(), pa.large_list(pa.string_view()), pa.binary_view()], ids=str
)
def test_columns_of_which_arrow_takes_no_single_values(folder, source, type_):
    value = {"string_view": "x", "binary_view": b"x"}.get(str(type_), ["x"])
    table = pa.table({"id": range(5000), "msisdn": ["+461"] * 5000, "said": pa.array([value] * 5000, type_)})
    pq.write_table(table, folder / "a.parquet", row_group_size=2048)
    keys = [(0,), (1,), (2047,), (2048,), (4999,)]
    emptied = (
        CALLS.replace('"delete"', '"anonymise"\nanonymise = { said = "null" }') + 'table = "*.parquet"\n'
    )
    assert [source(emptied).erase("c", keys, dry_run=dry) for dry in (True, False, False)] == [5, 5, 0]
    assert pq.read_table(folder / "a.parquet")["said"].null_count == 5
    deleting = source(CALLS + 'table = "*.parquet"\n')
    assert [deleting.erase("c", keys, dry_run=dry) for dry in (True, False)] == [5, 5]
    left = pq.read_table(folder / "a.parquet")
    assert (left.schema.field("said").type, left.num_rows, left["said"].null_count) == (type_, 4995, 0)
    assert set(range(5000)) - set(left["id"].to_pylist()) == {key for (key,) in keys}


def test_a_rewriting_that_fails_leaves_the_old_file(calls, source, monkeypatch):
    before = (calls / "month=2026-01" / "part.parquet").read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("connectors.files.storage.os.fsync", fail)
    with pytest.raises(Exception, match="unreachable"):
        source().erase("c", [("2026-01-1",)], dry_run=False)
    assert (calls / "month=2026-01" / "part.parquet").read_bytes() == before
    assert sorted(os.listdir(calls / "month=2026-01")) == ["part.parquet"]


def _erase_every(connector, start):
    for i in range(start, 12, 4):
        connector.erase("c", [(f"2026-01-{i}",)], dry_run=False)


def test_processes_that_erase_at_once_bring_no_row_back(calls, source):
    spawned = multiprocessing.get_context("spawn")
    workers = [spawned.Process(target=_erase_every, args=(source(), start)) for start in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert source().remaining("c", [(f"2026-01-{i}",) for i in range(12)]) == 0
    assert len(rows(calls)) == 20_000 - 12


def test_who_waited_for_a_rewriting_does_not_go_on_at_a_place_of_the_old_file(folder, source, monkeypatch):
    path, rows = folder / "calls.csv", [f"{i},+461\n" for i in range(100, 200)]
    path.write_text("id,msisdn\n" + "".join(rows))
    reading, waits = source(CALLS + 'table = "*.csv"\n'), Event()

    def told(folder, how):
        waits.set()
        flock(folder, how)

    def go_on():
        return reading.read("c", [Identifier("msisdn", "+461")], first.cursor, 10)

    first = reading.read("c", [Identifier("msisdn", "+461")], None, 10)
    storage = Storage.local(folder)
    with ThreadPoolExecutor() as pool:
        with storage.held("calls.csv", alone=True):
            monkeypatch.setattr("connectors.files.storage.fcntl.flock", told)
            found = pool.submit(go_on)
            assert waits.wait(60)
            (folder / "new").write_text("id,msisdn\n" + "".join(rows[5:]))
            (folder / "new").replace(path)
        with pytest.raises(SourceMoved, match="file-changed"):
            found.result()


@pytest.mark.parametrize("packed", [False, True])
def test_csv_keeps_what_stays_to_the_letter(folder, source, packed):
    text = 'id,msisdn,note\n007,+461,"a,""b"""\n008,+461,\n009,+461,""\n010,+462,å\n'
    path = folder / ("calls.csv.gz" if packed else "calls.csv")
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    collection = CALLS + f'table = "{path.name}"\n'
    assert source(collection).erase("c", [("008",), ("010",)], dry_run=False) == 2
    left = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    assert left.decode() == 'id,msisdn,note\n007,+461,"a,""b"""\n009,+461,""\n'


def test_json_lines_keep_what_stays_to_the_letter(folder, source):
    kept = '{"id":1,  "msisdn": "+461", "rate": 1.10}\n'
    (folder / "calls.jsonl").write_text(kept + json.dumps({"id": 2, "msisdn": "+461"}) + "\n")
    assert source(CALLS + 'table = "*.jsonl"\n').erase("c", [(2,), (3,)], dry_run=False) == 1
    assert (folder / "calls.jsonl").read_text() == kept


def test_anonymising_empties_the_columns_and_keeps_the_rows(calls, source):
    collection = CALLS.replace('"delete"', '"anonymise"') + 'table = "month=*/*.parquet"\n'
    collection += '[source.collection.anonymise]\nmsisdn = "null"\nprice = { constant = 0 }\n'
    assert source(collection).erase("c", [("2026-01-7",), ("2026-02-7",)], dry_run=False) == 2
    assert source(collection).erase("c", [("2026-01-7",), ("2026-02-7",)], dry_run=False) == 0
    assert [(row[1], float(row[2])) for row in rows(calls, "id like '%-7'")] == [(None, 0.0), (None, 0.0)]
    assert len(rows(calls)) == 20_000


def test_what_files_cannot_do_is_said(calls, source):
    with pytest.raises(SourceMisconfigured, match="files-only-erase"):
        source().restrict("c", [("1",)], restricted=True)
    with pytest.raises(SourceMisconfigured, match="not-erasable"):
        source(CALLS.replace("delete", "none") + 'table = "month=*/*.parquet"\n').erase(
            "c", [("1",)], dry_run=False
        )


def test_what_a_killed_rewriting_left_is_no_file_of_the_collection_and_goes_with_the_next(
    calls, connecting, folder
):
    left = calls / "month=2026-01" / ".rewriting-x"
    left.mkdir()
    shutil.copy(calls / "month=2026-01" / "part.parquet", left / "part.parquet")
    source = connecting(f'kind = "files"\npath = "{folder}"\n', CALLS + 'table = "**/*.parquet"\n')
    assert source.count("c", [Identifier("msisdn", "+460")]) == 2 * 3334
    assert source.erase("c", [("2026-01-1",)], dry_run=False) == 1
    assert not left.exists()


def test_a_binary_key(folder, source):
    rows = "select ('k' || i)::blob as id, '+461' as msisdn from range(9) r(i)"
    duckdb.execute(f"copy ({rows}) to '{folder}/x.parquet' (format parquet)")
    connector = source(CALLS + 'table = "*.parquet"\n')
    page = connector.read("c", [Identifier("msisdn", "+461")], None, 100)
    keys = [key_of(connector.source.collection[0], parsed(line)) for line in page.lines]
    assert connector.erase("c", keys[:5], dry_run=False) == 5
    assert connector.remaining("c", keys) == 4

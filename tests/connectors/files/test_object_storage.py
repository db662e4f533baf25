"""Files in object storage, on a local S3 server."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import boto3
import duckdb
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

from connectors.contract.base import Identifier, SourceDown, SourceGarbage, SourceMisconfigured
from connectors.files import logged
from connectors.files.storage import Storage

CALLS = (
    'table = "calls/month=*/*.parquet"\npartition = "month"\nkey_columns = ["id"]\n'
    'find = { msisdn = "msisdn" }\nat = "at"\non_erase = "delete"\n'
)
SECRETS = {"ID": "testing", "SECRET": "testing"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint, tmp_path):
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        region_name="eu-north-1",
    )
    logged._asked_within.cache_clear()
    client.create_bucket(Bucket="traffic", CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
    for month in ("2026-01", "2026-02"):
        duckdb.execute(
            f"""copy (select '{month}-' || i as id, '+46' || (i % 3) as msisdn, timestamp '{month}-01' + i * interval 1
            minute as at from range(3000) r(i)) to '{tmp_path}/x.parquet' (format parquet)"""
        )
        client.upload_file(f"{tmp_path}/x.parquet", "traffic", f"lake/calls/month={month}/part.parquet")
    yield client
    for item in client.list_objects_v2(Bucket="traffic").get("Contents", []):
        client.delete_object(Bucket="traffic", Key=item["Key"])
    client.delete_bucket(Bucket="traffic")


@pytest.fixture
def source(connecting, endpoint, bucket):
    def make(place="s3://traffic/lake", collection=CALLS):
        keys = 'access_key = "env:ID"\nsecret_key = "env:SECRET"\n'
        head = f'kind = "files"\npath = "{place}"\nendpoint = "{endpoint}"\n{keys}time_zone = "Europe/Stockholm"\n'
        return connecting(head, collection, **SECRETS)

    return make


def test_reading_in_pages(source, everything):
    source().check()
    lines = everything(source(), [Identifier("msisdn", "+461")], 700)
    assert len(lines) == len(set(lines)) == 2000
    assert source().count("c", [Identifier("msisdn", "+461")]) == 2000


def test_erasing_replaces_the_object(source, bucket):
    keys = [("2026-01-1",), ("2026-01-4",), ("2026-02-1",), ("nothing",)]
    assert source().erase("c", keys, dry_run=True) == 3
    assert source().erase("c", keys, dry_run=False) == 3
    assert source().erase("c", keys, dry_run=False) == 0
    assert source().remaining("c", keys) == 0
    assert source().count("c", [Identifier("msisdn", "+461")]) == 1997
    names = [item["Key"] for item in bucket.list_objects_v2(Bucket="traffic")["Contents"]]
    assert names == ["lake/calls/month=2026-01/part.parquet", "lake/calls/month=2026-02/part.parquet"]


def test_a_bucket_that_is_not_there_is_a_fault(source):
    nowhere, keys = source("s3://nowhere/lake"), [("2026-01-1",)]
    for ask in (
        nowhere.check,
        lambda: nowhere.erase("c", keys, dry_run=True),
        lambda: nowhere.remaining("c", keys),
    ):
        with pytest.raises((SourceDown, SourceMisconfigured)):
            ask()


@pytest.mark.parametrize("ending", ["csv", "jsonl.gz"])
def test_text_in_object_storage(source, bucket, everything, ending):
    rows = [{"id": str(i), "msisdn": f"+46{i % 2}", "at": "2026-01-05 12:00:00"} for i in range(3000)]
    text = "\n".join(["id,msisdn,at", *(",".join(row.values()) for row in rows)])
    body = text.encode() if ending == "csv" else gzip.compress("\n".join(map(json.dumps, rows)).encode())
    bucket.put_object(Bucket="traffic", Key=f"lake/calls/month=2026-01/part.{ending}", Body=body)
    text_files = source(collection=CALLS.replace("parquet", ending))
    assert len(everything(text_files, [Identifier("msisdn", "+461")], 400)) == 1500
    assert text_files.erase("c", [(str(i),) for i in range(1, 3000, 2)], dry_run=False) == 1500
    assert text_files.count("c", []) is None
    assert everything(text_files, [Identifier("msisdn", "+461")], 400) == []
    assert len(everything(text_files, [Identifier("msisdn", "+460")], 400)) == 1500


@pytest.mark.parametrize("moment", ["reading", "writing"])
def test_two_who_rewrite_an_object_at_once_undo_nothing(source, bucket, monkeypatch, moment):
    """Another worker erases between our looking and our writing: ours gives way, and finds it done the next time."""
    theirs, ours = source(), source()
    upload = Storage._upload

    def overtaken(storage, part, name, before):
        monkeypatch.undo()
        theirs.erase("c", [("2026-01-4",)], dry_run=False)
        upload(storage, part, name, before)

    if moment == "writing":
        monkeypatch.setattr(Storage, "_upload", overtaken)
    else:
        monkeypatch.setattr(Storage, "at_hand", lambda *given: _overtaken(theirs, monkeypatch, *given))
    with pytest.raises(SourceDown):
        ours.erase("c", [("2026-01-1",)], dry_run=False)
    assert ours.remaining("c", [("2026-01-4",)]) == 0
    assert ours.erase("c", [("2026-01-1",)], dry_run=False) == 1
    assert ours.remaining("c", [("2026-01-1",), ("2026-01-4",)]) == 0


@contextmanager
def _overtaken(theirs, monkeypatch, storage, name, folder):
    monkeypatch.undo()
    theirs.erase("c", [("2026-01-4",)], dry_run=False)
    with storage.at_hand(name, folder) as path:
        yield path


def test_an_object_replaced_between_two_pages_is_noticed(source, bucket):
    page = source().read("c", [Identifier("msisdn", "+461")], None, 10)
    assert source().erase("c", [("2026-01-1",)], dry_run=False) == 1
    with pytest.raises(SourceGarbage, match="file-changed"):
        source().read("c", [Identifier("msisdn", "+461")], page.cursor, 10)


def test_a_store_inside_is_asked_by_name_only_where_its_network_is_named(
    connecting, endpoint, bucket, everything
):
    keys = 'access_key = "env:ID"\nsecret_key = "env:SECRET"\ntime_zone = "Europe/Stockholm"\n'
    by_name = endpoint.replace("127.0.0.1", "localhost")
    head = f'kind = "files"\npath = "s3://traffic/lake"\nendpoint = "{by_name}"\n{keys}'
    with pytest.raises(SourceMisconfigured, match="inside"):
        everything(connecting(head, CALLS, **SECRETS), [Identifier("msisdn", "+461")], 700)
    named = connecting(head + 'networks = ["127.0.0.0/8", "::1/128"]\n', CALLS, **SECRETS)
    assert len(everything(named, [Identifier("msisdn", "+461")], 700)) == 2000


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("s3://traffic/lake/calls/month=2026-01", "*.parquet"),
        ("s3://traffic", "lake/calls/month=*/*.parquet"),
    ],
    ids=["from inside", "from above"],
)
@pytest.mark.parametrize("log", ["_delta_log/00000000000000000000.json", "metadata/00000-0a1b.metadata.json"])
def test_a_table_in_object_storage_is_not_read_as_files(source, bucket, path, pattern, log):
    bucket.put_object(Bucket="traffic", Key=f"lake/calls/{log}", Body=b"{}")
    found = source(
        path, CALLS.replace("calls/month=*/*.parquet", pattern).replace('partition = "month"\n', "")
    )
    for ask in (
        found.check,
        lambda: found.count("c", [Identifier("msisdn", "+461")]),
        lambda: found.read("c", [Identifier("msisdn", "+461")], None, 10),
        lambda: found.erase("c", [("2026-01-1",)], dry_run=False),
    ):
        with pytest.raises(SourceMisconfigured, match="table-format"):
            ask()


def test_a_delta_table_in_object_storage(source, endpoint, bucket, everything):
    options = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "eu-north-1",
    }
    at = [datetime(2026, 1, 1, tzinfo=UTC)] * 90
    rows = pa.table(
        {"id": [f"{i}" for i in range(90)], "msisdn": [f"+46{i % 3}" for i in range(90)], "at": at}
    )
    for _ in range(2):
        write_deltalake("s3://traffic/lake/rå data", rows, mode="overwrite", storage_options=options)
    table = source(
        collection=CALLS.replace("calls/month=*/*.parquet", "rå data").replace(
            'partition = "month"', 'format = "delta"'
        )
    )
    table.check()
    assert len(everything(table, [Identifier("msisdn", "+461")], 7)) == 30
    assert table.erase("c", [("1",), ("2",), ("4",)], dry_run=True) == 3
    assert table.erase("c", [("1",), ("2",), ("4",)], dry_run=False) == 3
    assert table.remaining("c", [("1",), ("2",), ("4",), ("7",)]) == 1
    assert table.outlasting("c") == timedelta(days=7)
    with pytest.raises(SourceMisconfigured, match="no-files"):
        source(
            collection=CALLS.replace("calls/month=*/*.parquet", "calls").replace(
                'partition = "month"', 'format = "delta"'
            )
        ).check()


def test_what_the_listing_told_is_not_asked_for_again(source, everything, monkeypatch):
    """An object is looked at once after it was read, and not before: the listing told its version."""
    asked = []
    call = S3FileSystem._call_s3

    async def noted(self, method, *args, **kwargs):
        asked.append((method, kwargs.get("Key") or kwargs.get("Prefix")))
        return await call(self, method, *args, **kwargs)

    monkeypatch.setattr(S3FileSystem, "_call_s3", noted)
    monkeypatch.setattr(logged, "_REMEMBERED", 1e9)
    for _ in range(2):
        assert len(everything(source(), [Identifier("msisdn", "+461")], 5000)) == 2000
    heads = [key for method, key in asked if method == "head_object"]
    assert len([key for key in heads if key.endswith(".parquet")]) == 4
    # Whether a table's log lies above what is listed is asked once a minute, and not for each page.
    assert len(heads) == len(set(heads)) + 2


def test_an_archive_is_not_gone_through_twice_to_count(source, monkeypatch):
    monkeypatch.setattr("connectors.files.connector._COUNT_SECONDS", 0.0)
    assert source().count("c", [Identifier("msisdn", "+461")]) is None

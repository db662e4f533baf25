"""Files in object storage, on a local S3 server."""

from collections.abc import Iterator

import boto3
import duckdb
import pytest
from moto.server import ThreadedMotoServer

from connectors.base import Identifier, SourceDown, SourceMisconfigured

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
    def make(place="s3://traffic/lake"):
        keys = 'access_key = "env:ID"\nsecret_key = "env:SECRET"\n'
        head = f'kind = "files"\npath = "{place}"\nendpoint = "{endpoint}"\n{keys}time_zone = "Europe/Stockholm"\n'
        return connecting(head, CALLS, **SECRETS)

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
    with pytest.raises((SourceDown, SourceMisconfigured)):
        source("s3://nowhere/lake").check()

"""Files made by somebody who means harm: small ones that stand for gigabytes, and links out of their folder."""

import gzip
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from connectors.contract.base import Identifier, SourceError, SourceMisconfigured

PERSON = [Identifier("customer_no", "C1")]
FIND = 'find = { customer_no = "customer_no" }\nkey_columns = ["id"]\n'
VAST = 400_000_000
MOST = 90_000_000  # bytes of Python's own


@pytest.fixture
def reading(connecting: Callable[..., Any], folder: Path) -> Callable[[str], list[bytes]]:
    def read(table: str) -> list[bytes]:
        source = connecting(
            f'kind = "files"\npath = "{folder}"\ntime_zone = "UTC"\n', f'table = "{table}"\n{FIND}'
        )
        lines: list[bytes] = source.read("c", PERSON, None, 100).lines
        return lines

    return read


def packed(path: Path, head: bytes, filling: bytes, tail: bytes = b"") -> None:
    """A packed file with a filling of `VAST` bytes."""
    filled = (head, *[filling] * (VAST // len(filling)), tail)
    if path.suffix == ".gz":
        with gzip.open(path, "wb", 1) as file:
            file.writelines(filled)
    else:
        path.write_bytes(zstandard.ZstdCompressor().compress(b"".join(filled)))


@pytest.mark.parametrize("packing", ["gz", "zst"])
@pytest.mark.parametrize(
    ("kind", "head"), [("csv", b"id,customer_no\n1,"), ("jsonl", b'{"id": 1, "customer_no": "')]
)
def test_one_line_without_end_is_a_fault_and_not_the_end_of_the_worker(
    reading: Callable[[str], list[bytes]], folder: Path, kind: str, head: bytes, packing: str
) -> None:
    packed(folder / f"a.{kind}.{packing}", head, b" " * 1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(SourceError):
            reading(f"*.{kind}.{packing}")
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()


def test_a_value_in_parquet_that_fills_the_memory_is_a_fault(
    reading: Callable[[str], list[bytes]], folder: Path
) -> None:
    rows = pa.table({"id": [1, 2], "customer_no": ["C1", "C2"], "note": [" " * VAST, ""]})
    pq.write_table(rows, folder / "a.parquet", compression="zstd")
    assert (folder / "a.parquet").stat().st_size < 1_000_000
    del rows
    with pytest.raises(SourceError):
        reading("*.parquet")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_link_out_of_the_folder_is_not_read(
    reading: Callable[[str], list[bytes]], folder: Path, tmp_path_factory: pytest.TempPathFactory, ending: str
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / f"secret.{ending}"
    row = {"id": 1, "customer_no": "C1"}
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist([row]), secret)
    else:
        secret.write_text("id,customer_no\n1,C1\n" if ending == "csv" else json.dumps(row) + "\n")
    (folder / f"a.{ending}").symlink_to(secret)
    with pytest.raises(SourceMisconfigured, match="outside"):
        reading(f"*.{ending}")


def test_a_linked_folder_and_a_path_upwards_are_not_read(
    reading: Callable[[str], list[bytes]], folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "a.csv").write_text("id,customer_no\n1,C1\n")
    (folder / "linked").symlink_to(elsewhere)
    for table in ("linked/*.csv", f"../{elsewhere.name}/*.csv"):
        with pytest.raises(SourceError):
            reading(table)


def test_a_link_within_the_folder_is_one_of_its_files(
    reading: Callable[[str], list[bytes]], folder: Path
) -> None:
    (folder / "old").mkdir()
    (folder / "old" / "a.csv").write_text("id,customer_no\n1,C1\n")
    (folder / "a.csv").symlink_to(folder / "old" / "a.csv")
    assert len(reading("*.csv")) == 1

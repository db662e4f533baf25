"""One version of a Delta table as a set of files: those that its log counts, and what the log says of each."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from connectors.contract.base import SourceGarbage, SourceMisconfigured
from connectors.description.config import FilesCollection
from connectors.files.delta.table import told
from connectors.files.delta.types import duck_type
from connectors.files.storage import Storage


@dataclass(frozen=True)
class Live:
    """A file of the version. ``values``: of the table's partition columns, for all of its rows."""

    size: int
    values: Mapping[str, Any] = field(repr=False)
    low: Mapping[str, Any] = field(repr=False)
    high: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Snapshot(Storage):
    """A place of files whose names the log tells. Nothing in it ever changes: files are only added and let go."""

    table: DeltaTable = field(repr=False)

    @classmethod
    def of_table(cls, storage: Storage, collection: FilesCollection, table: DeltaTable) -> "Snapshot":
        place = f"{storage.root}/{collection.table}"
        storage._refuse_outside((place, f"{place}/_delta_log"))
        return cls(storage.system, place, storage.remote, table)

    @cached_property
    def types(self) -> dict[str, str]:
        """The table's columns with their types in DuckDB. Raises SourceMisconfigured for one that nobody reads."""
        fields = orjson.loads(self.table.schema().to_json())["fields"]
        return {one["name"]: duck_type(one["type"], one["name"]) for one in fields}

    @cached_property
    def live(self) -> dict[str, Live]:
        """Every file of this version, by its path within the table."""
        with told():
            added = pa.table(self.table.get_add_actions()).to_pylist()
        files = {
            unquote(one["path"]): Live(
                one["size_bytes"], one.get("partition") or {}, one.get("min") or {}, one.get("max") or {}
            )
            for one in added
        }
        for name in files:
            # A clone's log names files of another table, which are not this one's to give or to change.
            if "://" in name or name.startswith("/") or ".." in name.split("/"):
                raise SourceMisconfigured("outside", "the table counts files of another place")
        self._refuse_outside(f"{self.root}/{name}" for name in files)
        return files

    def names(self, collection: FilesCollection) -> list[str]:  # noqa: ARG002 - the log has told already which
        """The files of this version, sorted; an empty table has none."""
        return sorted(self.live)

    def version(self, name: str) -> str:  # noqa: ARG002 - as above
        return str(self.table.version())

    def listed_version(self, name: str) -> str:
        return self.version(name)

    def size(self, name: str) -> int:
        return self.live[name].size

    @contextmanager
    def held(self, name: str, *, alone: bool) -> Iterator[None]:  # noqa: ARG002 - nobody writes a file anew
        yield

    def deleted(self) -> Iterator[pa.Table]:
        """Rows that deletion vectors have taken out of files that still are live: name and number, a file at a time."""
        if "deletionVectors" not in (self.table.protocol().reader_features or ()):
            return
        with told():
            for batch in pa.RecordBatchReader.from_stream(self.table.deletion_vectors()):
                for place, kept in zip(batch.column(0).to_pylist(), batch.column(1), strict=True):
                    rows = pc.indices_nonzero(pc.invert(kept.values))
                    yield pa.table({"name": pa.repeat(self._within(place), len(rows)), "number": rows})

    def _within(self, address: str) -> str:
        """The path within the table of a file that the library names by its address. Raises SourceGarbage."""
        # By the library's own address of the table: it follows links, which our path of it may lead through.
        path = address.removeprefix(f"{self.table.table_uri.rstrip('/')}/")
        for name in (path, unquote(path)):
            if name in self.live:
                return name
        # Passed over, its rows that were deleted would be given.
        raise SourceGarbage("not-readable", "rows are taken out of a file that the table does not count")


def hold_gone(duck: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    """Puts what deletion vectors take out into the table `gone`, for the files that are read beside it."""
    duck.execute("CREATE OR REPLACE TEMP TABLE gone (name VARCHAR, number BIGINT)")
    for rows in snapshot.deleted():
        duck.register("deleted", rows)
        duck.execute("INSERT INTO gone SELECT name, number FROM deleted")
        duck.unregister("deleted")

"""The file connector: Parquet, CSV and JSON lines, in folders or object storage."""

# ruff: noqa: ARG002 - the parameters are the contract's

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import duckdb
import orjson

from connectors.base import Column, Identifier, Key, Page, Scalar, SourceGarbage, SourceMisconfigured
from connectors.config import FilesCollection, FilesSource, find_collection
from connectors.files.duck import opened
from connectors.files.formats import ROW, Table, described, format_of, known
from connectors.files.matching import condition, hold_keys
from connectors.files.rewrite import count_left, rewrite
from connectors.files.storage import Storage, span
from connectors.intervals import local_bound, usable

_SCANNED = 10.0  # seconds of looking through files without a full page, before the caller hears from us
_COUNTED = 2_000_000_000  # bytes of files that are looked through only to count


@dataclass(frozen=True)
class FilesConnector:
    """Files below one place. A page ends at a row of a file; the cursor names both."""

    source: FilesSource
    environ: Mapping[str, str] = field(repr=False)

    def check(self) -> None:
        for collection in self.source.collection:
            with self._open() as (duck, storage):
                table = described(duck, collection, storage.address(storage.names(collection)[-1]))
                self._check_columns(collection, table)

    def describe(self, collection: str) -> tuple[Column, ...]:
        found = self._collection(collection)
        with self._open() as (duck, storage):
            table = described(duck, found, storage.address(storage.names(found)[-1]))
        names = found.columns or tuple(table.types)
        return tuple(Column(name, table.type(name), known(table.type(name))) for name in names)

    def count(self, collection: str, identifiers: Sequence[Identifier]) -> int | None:
        found = self._collection(collection)
        wanted = usable(found, identifiers)
        with self._open() as (duck, storage):
            names = self._names(storage, found, wanted)
            if format_of(found) != "parquet" or sum(map(storage.size, names)) > _COUNTED:
                return None
            return sum(self._count(duck, found, storage.address(name), wanted) for name in names)

    def read(
        self, collection: str, identifiers: Sequence[Identifier], cursor: str | None, limit: int
    ) -> Page:
        found = self._collection(collection)
        wanted = usable(found, identifiers)
        if not wanted:
            return Page([], None)
        with self._open() as (duck, storage):
            return self._page(duck, storage, found, wanted, cursor, limit)

    def erase(self, collection: str, keys: Sequence[Key], *, dry_run: bool) -> int:
        found = self._collection(collection)
        if found.on_erase == "none":
            raise SourceMisconfigured("not-erasable", collection)
        return self._dealt_with(found, keys, write=not dry_run)

    def remaining(self, collection: str, keys: Sequence[Key]) -> int:
        return self._dealt_with(self._collection(collection), keys, write=False)

    def restrict(self, collection: str, keys: Sequence[Key], *, restricted: bool) -> int:
        _refuse(collection)

    def rectify(self, collection: str, key: Key, values: Mapping[str, Scalar]) -> int:
        _refuse(collection)

    def suppress(self, collection: str, identifiers: Sequence[Identifier], channel: str) -> int:
        _refuse(collection)

    def unsuppressed(self, collection: str, identifiers: Sequence[Identifier], channel: str) -> int:
        _refuse(collection)

    def _collection(self, key: str) -> FilesCollection:
        return find_collection(self.source.collection, key)

    @contextmanager
    def _open(
        self, *, write: bool = False, patience: int = 1
    ) -> Iterator[tuple[duckdb.DuckDBPyConnection, Storage]]:
        storage = Storage.of(self.source, self.environ)
        zone = self.source.time_zone or "UTC"
        with opened(storage, self.source.timeout * patience, zone, write=write) as duck:
            yield duck, storage

    def _names(
        self, storage: Storage, collection: FilesCollection, identifiers: Sequence[Identifier]
    ) -> list[str]:
        """The files that can hold a row of these identifiers."""
        return [one for one in storage.names(collection) if self._reaches(collection, one, identifiers)]

    def _reaches(self, collection: FilesCollection, name: str, identifiers: Sequence[Identifier]) -> bool:
        ends, zone = span(collection, name), self.source.zone
        if ends is None or zone is None:
            return True
        return any(
            (one.valid_from is None or local_bound(one.valid_from, zone) < ends[1])
            and (one.valid_to is None or local_bound(one.valid_to, zone) > ends[0])
            for one in identifiers
        )

    def _page(
        self,
        duck: duckdb.DuckDBPyConnection,
        storage: Storage,
        collection: FilesCollection,
        identifiers: Sequence[Identifier],
        cursor: str | None,
        limit: int,
    ) -> Page:
        names = self._names(storage, collection, identifiers)
        name, row = self._start(storage, names, cursor)
        started, lines = time.monotonic(), list[bytes]()
        for index in range(names.index(name) if name else 0, len(names)):
            with storage.held(names[index], alone=False):
                table = described(duck, collection, storage.address(names[index]))
                found = self._rows(duck, collection, table, identifiers, row, limit - len(lines))
            lines += [line for _, line in found]
            if len(lines) >= limit:
                return Page(lines, self._cursor(storage, names[index], found[-1][0]))
            row = -1
            if time.monotonic() - started > _SCANNED and index + 1 < len(names):
                return Page(lines, self._cursor(storage, names[index + 1], -1))
        return Page(lines, None)

    def _start(self, storage: Storage, names: Sequence[str], cursor: str | None) -> tuple[str | None, int]:
        """The file and the row to go on after."""
        if cursor is None:
            return None, -1
        place: dict[str, Any] = orjson.loads(cursor)
        if place["file"] not in names or storage.version(place["file"]) != place["version"]:
            raise SourceGarbage("file-changed", "the file was written anew while it was read; start over")
        return place["file"], place["row"]

    def _cursor(self, storage: Storage, name: str, row: int) -> str:
        return orjson.dumps({"file": name, "version": storage.version(name), "row": row}).decode()

    def _rows(
        self,
        duck: duckdb.DuckDBPyConnection,
        collection: FilesCollection,
        table: Table,
        identifiers: Sequence[Identifier],
        row: int,
        limit: int,
    ) -> list[tuple[int, bytes]]:
        """At most `limit` rows of one file after `row`, in the file's order, each with its place."""
        match, parameters = condition(table, collection, identifiers, self.source.zone)
        line = table.line(collection.columns)
        if table.format == "parquet":
            query = f"SELECT {ROW}, {line} FROM {table.origin} WHERE {ROW} > {row:d} AND ({match}) LIMIT {limit:d}"  # noqa: S608
            found = duck.execute(query, [table.address, *parameters]).fetchall()
            return [(place, text.encode()) for place, text in found]
        # A text file has no row numbers: what counts is how many matching rows came before.
        query = f"SELECT {line} FROM {table.origin} WHERE {match} LIMIT {limit:d} OFFSET {row + 1:d}"  # noqa: S608
        found = duck.execute(query, [table.address, *parameters]).fetchall()
        return [(row + 1 + index, text.encode()) for index, (text,) in enumerate(found)]

    def _count(
        self,
        duck: duckdb.DuckDBPyConnection,
        collection: FilesCollection,
        address: str,
        identifiers: Sequence[Identifier],
    ) -> int:
        table = described(duck, collection, address)
        match, parameters = condition(table, collection, identifiers, self.source.zone)
        row = duck.execute(
            f"SELECT count(*) FROM {table.origin} WHERE {match}",  # noqa: S608
            [address, *parameters],
        ).fetchone()
        return int(row[0]) if row else 0

    def _dealt_with(self, collection: FilesCollection, keys: Sequence[Key], *, write: bool) -> int:
        """Goes through all files for rows with one of the keys; how many there are, or were before writing."""
        if not keys:
            return 0
        hit = 0
        names = Storage.of(self.source, self.environ).names(collection)
        with self._open(write=write, patience=len(names)) as (duck, storage):
            hold_keys(duck, collection.key_columns, keys)
            for name in names:
                with storage.held(name, alone=write):
                    table = described(duck, collection, storage.address(name))
                    found = count_left(duck, collection, table)
                    if found and write:
                        rewrite(duck, storage, collection, table, name)
                hit += found
        return hit

    def _check_columns(self, collection: FilesCollection, table: Table) -> None:
        searched = (name for find in collection.find.values() for name in find.columns)
        for name in (*(name for _, name in collection.named_columns()), *searched):
            table.column(name)
        naive = collection.at and table.type(collection.at) != "TIMESTAMP WITH TIME ZONE"
        if naive and self.source.zone is None:
            raise SourceMisconfigured(
                "time-zone-missing", f"{collection.key}.{collection.at} has no time zone"
            )


def _refuse(collection: str) -> NoReturn:
    raise SourceMisconfigured("files-only-erase", f"{collection}: rows in files can only be read and erased")

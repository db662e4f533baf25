"""The file connector: Parquet, CSV and JSON lines, in folders or object storage."""

# ruff: noqa: ARG002 - the parameters are the contract's

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

import duckdb

from connectors.base import Column, Identifier, Key, Page, Scalar, SourceMisconfigured
from connectors.config import FilesCollection, FilesSource, find_collection
from connectors.files.duck import opened
from connectors.files.formats import Table, described, format_of, known
from connectors.files.matching import hold_keys
from connectors.files.reading import Reader
from connectors.files.rewrite import count_left, rewrite
from connectors.files.storage import Storage
from connectors.intervals import usable

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
        with self._reader(found, identifiers) as reader:
            names = reader.names()
            if format_of(found) != "parquet" or sum(map(reader.storage.size, names)) > _COUNTED:
                return None
            return sum(map(reader.count, names)) if reader.identifiers else 0

    def read(
        self, collection: str, identifiers: Sequence[Identifier], cursor: str | None, limit: int
    ) -> Page:
        with self._reader(self._collection(collection), identifiers) as reader:
            return reader.page(cursor, limit) if reader.identifiers else Page([], None)

    def erase(
        self,
        collection: str,
        keys: Sequence[Key],
        *,
        dry_run: bool,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
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

    @contextmanager
    def _reader(self, collection: FilesCollection, identifiers: Sequence[Identifier]) -> Iterator[Reader]:
        with self._open() as (duck, storage):
            yield Reader(duck, storage, self.source, collection, usable(collection, identifiers))

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

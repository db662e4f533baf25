"""The file connector: Parquet, CSV, JSON lines and Delta tables, in folders or object storage."""

# ruff: noqa: ARG002 - the parameters are the contract's

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from glob import escape
from typing import NoReturn

import orjson
from deltalake import DeltaTable

from connectors.contract.base import (
    Column,
    Identifier,
    Key,
    Page,
    Scalar,
    SourceDown,
    SourceError,
    SourceMisconfigured,
    SourceMoved,
)
from connectors.description.config import FilesCollection, FilesSource, find_collection
from connectors.description.secret import resolve
from connectors.files.delta.erasing import delete, rehearse
from connectors.files.delta.snapshot import Snapshot, hold_gone
from connectors.files.delta.table import kept, opened_table
from connectors.files.formats import folders_of, format_of
from connectors.files.opening import Opener
from connectors.files.parquet.duck import opened, translated
from connectors.files.parquet.matching import hold_keys
from connectors.files.reading import Reader
from connectors.files.rewrite import rewrite
from connectors.files.rowfile import RowFile
from connectors.files.storage import Storage
from connectors.files.target import Target
from connectors.rows.intervals import usable

_COUNTED = 2_000_000_000  # bytes of files that are looked through only to count
_COUNT_SECONDS = 5.0  # how many there are is only shown: no archive is gone through twice for it


@dataclass(frozen=True)
class FilesConnector:
    """Files below one place. A page ends at a row of a file; the cursor names both."""

    source: FilesSource
    environ: Mapping[str, str] = field(repr=False)

    def check(self) -> None:
        for collection in self.source.collection:
            with self._open(collection) as files:
                files.newest().require()
                files.newest().require_time()
                files.require_described()
                if isinstance(files.storage, Snapshot) and collection.on_erase != "none":
                    rehearse(files.storage.table, collection.key_columns)

    def describe(self, collection: str) -> tuple[Column, ...]:
        found = self._collection(collection)
        with self._open(found) as files:
            columns = files.newest().columns()
        return tuple(one for one in columns if not found.columns or one.name in found.columns)

    def sample(self, collection: str, limit: int) -> list[bytes]:
        """The first rows of the newest file, by name. Raises SourceError."""
        with self._open(self._collection(collection)) as files:
            return files.newest().sample(limit)

    def newest_alone(self, collection: str) -> "FilesConnector":
        """The same, of which this collection has no file but its newest; a table with a log stays as it is."""
        found = self._collection(collection)
        if found.format is None:
            with self._open(found) as files:
                newest = escape(files.newest_name())
            found = found.model_copy(update={"table": newest})
        return replace(self, source=self.source.model_copy(update={"collection": (found,)}))

    def opened_for(self, collection: str, identifier: Identifier) -> tuple[int, int]:
        """How many files there are, and how many of them are opened for this identifier."""
        with self._reader(self._collection(collection), [identifier]) as reader:
            return len(reader.storage.names(reader.collection)), len(reader.names())

    def count(self, collection: str, identifiers: Sequence[Identifier]) -> int | None:
        found, until = self._collection(collection), time.monotonic() + _COUNT_SECONDS
        hit = 0
        try:
            with self._reader(found, identifiers, seconds=_COUNT_SECONDS) as reader:
                names = reader.names() if reader.identifiers else []
                # A text has to be read to its end to be counted, as reading it does.
                if format_of(found) not in ("parquet", "delta") or _is_big(reader.storage, names):
                    return None
                for name in names:
                    if time.monotonic() > until:
                        return None
                    hit += reader.count(name)
        except SourceDown as down:
            if down.code == "timeout":
                return None
            raise
        return hit

    def read(
        self, collection: str, identifiers: Sequence[Identifier], cursor: str | None, limit: int
    ) -> Page:
        found = self._collection(collection)
        if found.format is not None:
            return self._page_of_table(found, identifiers, cursor, limit)
        with self._reader(found, identifiers) as reader:
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
        mine = None if whose is None else usable(found, whose)
        return self._dealt_with(self._target(found, keys, mine), dry_run=dry_run, write=not dry_run)

    def outlasting(self, collection: str) -> timedelta | None:
        found = self._collection(collection)
        return kept(self._table(found, None)) if found.format else None

    def remaining(self, collection: str, keys: Sequence[Key]) -> int:
        return self._dealt_with(self._target(self._collection(collection), keys, None))

    def restrict(
        self,
        collection: str,
        keys: Sequence[Key],
        *,
        restricted: bool,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        _refuse(collection)

    def rectify(
        self,
        collection: str,
        key: Key,
        values: Mapping[str, Scalar],
        *,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        _refuse(collection)

    def suppress(self, collection: str, identifiers: Sequence[Identifier], channel: str) -> int:
        _refuse(collection)

    def unsuppressed(self, collection: str, identifiers: Sequence[Identifier], channel: str) -> int:
        _refuse(collection)

    def _collection(self, key: str) -> FilesCollection:
        return find_collection(self.source.collection, key)

    def _page_of_table(
        self, collection: FilesCollection, identifiers: Sequence[Identifier], cursor: str | None, limit: int
    ) -> Page:
        """All pages are of one version of the table, however often somebody writes there meanwhile."""
        version = int(orjson.loads(cursor)["version"]) if cursor else None
        try:
            with self._reader(collection, identifiers, version=version) as reader:
                return reader.page(cursor, limit) if reader.identifiers else Page([], None)
        except SourceError as error:
            if version is None or self._table(collection, None).version() == version:
                raise
            raise SourceMoved("file-changed", f"version {version} is not kept any more: {error}") from None

    @contextmanager
    def _open(
        self, collection: FilesCollection, *, seconds: float | None = None, version: int | None = None
    ) -> Iterator[Opener]:
        storage = Storage.of(self.source, self.environ)
        with opened(storage, seconds or self.source.timeout, self.source.time_zone or "UTC") as duck:
            if collection.format is not None:
                storage = Snapshot.of_table(storage, collection, self._table(collection, version))
                hold_gone(duck, storage)
            yield Opener(duck, storage, self.source, collection)

    def _table(self, collection: FilesCollection, version: int | None) -> DeltaTable:
        storage = Storage.of(self.source, self.environ)
        return opened_table(self.source, storage, collection, self.environ, version)

    @contextmanager
    def _reader(
        self,
        collection: FilesCollection,
        identifiers: Sequence[Identifier],
        *,
        version: int | None = None,
        seconds: float | None = None,
    ) -> Iterator[Reader]:
        with self._open(collection, version=version, seconds=seconds) as files:
            wanted = usable(collection, identifiers)
            yield Reader(files.storage, self.source, collection, wanted, files.open)

    def _target(
        self, collection: FilesCollection, keys: Sequence[Key], whose: Sequence[Identifier] | None
    ) -> Target:
        secret = self.source.hash_key
        return Target(collection, keys, whose, resolve(secret, self.environ).encode() if secret else b"")

    def _dealt_with(self, target: Target, *, dry_run: bool = False, write: bool = False) -> int:
        """Goes through all files for the targeted rows; how many there are, or were before writing."""
        if not target.keys:
            return 0
        if target.collection.format is not None:
            return self._in_table(target, dry_run=dry_run, write=write)
        with translated():
            names = Storage.of(self.source, self.environ).names(target.collection)
        hit, tried = 0, set[str]()
        # The time of one question for each file that it goes through.
        with self._open(target.collection, seconds=self.source.timeout * len(names)) as files:
            hold_keys(files.duck, target.collection.key_columns, target.keys)
            for name in names:
                with files.storage.held(name, alone=write):
                    file = files.open(name)
                    if dry_run:
                        file.refuse_impossible(target)
                    found = file.left(target)
                    if found and (dry_run or write):
                        _refuse_lacking(file, name, target)
                    if found and dry_run:
                        file.rehearse(target, tried)
                    if found and write:
                        rewrite(files.storage, name, file, target)
                hit += found
        return hit

    def _in_table(self, target: Target, *, dry_run: bool, write: bool) -> int:
        """The same for a table with a log: its own delete, or nothing."""
        with self._open(target.collection) as files:
            assert isinstance(files.storage, Snapshot)
            hold_keys(files.duck, target.collection.key_columns, target.keys)
            live = [files.in_table(files.storage, name) for name in files.storage.live]
            if dry_run:
                rehearse(files.storage.table, target.collection.key_columns)
            if not write:
                return sum(file.left(target) for file in live)
            return delete(files.duck, files.storage.table, live, target)


def _is_big(storage: Storage, names: Sequence[str]) -> bool:
    return sum(map(storage.size, names)) > _COUNTED


def _refuse_lacking(file: RowFile, name: str, target: Target) -> None:
    """What a file calls by another name than the newest would stay in it, and nobody would know."""
    for column in () if target.deleting else file.lacking(list(target.collection.anonymise)):
        raise SourceMisconfigured("is-folder" if column in folders_of(name) else "no-column", column)


def _refuse(collection: str) -> NoReturn:
    raise SourceMisconfigured("files-only-erase", f"{collection}: rows in files can only be read and erased")

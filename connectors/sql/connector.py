"""The SQL connector: PostgreSQL, MySQL and MariaDB, SQLite, and what else SQLAlchemy has a dialect for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.contract.base import (
    Column,
    Identifier,
    Key,
    Page,
    Scalar,
    SourceDown,
    SourceGarbage,
    SourceMisconfigured,
)
from connectors.description.config import SqlCollection, SqlSource, find_collection
from connectors.sql.changing import amending, changes, references, rehearsal
from connectors.sql.reading import rows
from connectors.sql.statement import session
from connectors.sql.statement.engine import batch_size, transaction
from connectors.sql.statement.matching import condition
from connectors.sql.statement.shape import Shape, shape_of

# How many there are is only shown: no source is kept longer for it.
_COUNT_SECONDS = 10
# Families of columns that hold no time, and of those whose times may need the source's zone.
_NO_TIMES = frozenset({"integer", "decimal", "float", "binary", "json", "array", "clock"})
_LOCAL_TIMES = frozenset({"naive", "date", "text", "label"})


@dataclass(frozen=True)
class SqlConnector:
    """A database. `url` and `hash_key` are the secrets themselves, already looked up.

    `guarded`: the operator's tables, of any source, whose rows may have to be kept without anybody hearing of it.
    """

    source: SqlSource
    url: str = field(repr=False)
    hash_key: bytes = field(default=b"", repr=False)
    guarded: tuple[SqlCollection, ...] = ()

    def check(self) -> None:
        for collection in self.source.collection:
            with self._open(collection) as (connection, shape):
                self._check_times(collection, shape)
                for _key, name in collection.written_columns():
                    shape.field(name)
                # Told when the source is checked, and not when the first erasure is due.
                if collection.on_erase != "none" or collection.suppress or collection.restrict:
                    session.refuse_changes(connection)
                if collection.on_erase != "none":
                    references.refuse_revealing(connection, collection, self.guarded)
                if collection.on_erase == "anonymise":
                    rehearsal.refuse_impossible(connection, collection)

    def describe(self, collection: str) -> tuple[Column, ...]:
        with self._open(self._collection(collection)) as (_, shape):
            fields = [shape.field(name) for name in shape.names]
            return tuple(Column(one.name, one.type, one.known) for one in fields)

    def count(self, collection: str, identifiers: Sequence[Identifier]) -> int | None:
        described = self._collection(collection)
        try:
            with self._open(described, seconds=_COUNT_SECONDS) as (connection, shape):
                match = condition(shape, described, identifiers, self.source.zone)
                return 0 if match is None else changes.count(connection, shape, match)
        except SourceDown as down:
            if down.code == "timeout":
                return None
            raise

    def read(
        self, collection: str, identifiers: Sequence[Identifier], cursor: str | None, limit: int
    ) -> Page:
        described = self._collection(collection)
        with self._open(described) as (connection, shape):
            match = condition(shape, described, identifiers, self.source.zone)
            if match is None:
                return Page([], None)
            return rows.page(connection, shape, described, match, cursor, limit)

    def erase(
        self,
        collection: str,
        keys: Sequence[Key],
        *,
        dry_run: bool,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        described = self._collection(collection)
        if described.on_erase == "none":
            raise SourceMisconfigured("not-erasable", collection)
        if self.guarded:
            with self._open(described) as (connection, _):
                references.refuse_revealing(connection, described, self.guarded)
        hit = 0
        for batch in self._batches(keys):
            # Anonymising is done in a dry run as well, and taken back.
            tried = described.on_erase == "anonymise"
            with self._open(described, write=tried or not dry_run, keep=not dry_run) as (connection, shape):
                rows = self._theirs(shape, described, batch, whose)
                if dry_run:
                    session.refuse_changes(connection)
                    hit += rehearsal.would_hit(connection, shape, described, rows, self.hash_key)
                else:
                    hit += changes.erase(connection, shape, described, rows, self.hash_key)
        return hit

    def outlasting(self, collection: str) -> timedelta | None:  # noqa: ARG002 - the parameter is the contract's
        return None

    def remaining(self, collection: str, keys: Sequence[Key]) -> int:
        described = self._collection(collection)
        left = 0
        for batch in self._batches(keys):
            with self._open(described) as (connection, shape):
                rows = changes.keyed(shape, described, batch)
                left += changes.count(connection, shape, changes.still_there(shape, described, rows))
        return left

    def restrict(
        self,
        collection: str,
        keys: Sequence[Key],
        *,
        restricted: bool,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        described = self._collection(collection)
        marks = described.restrict
        values = (marks.set if restricted else marks.lift) if marks else {}
        if not values:
            raise SourceMisconfigured("no-restriction", collection)
        said = 0
        for batch in self._batches(keys):
            with self._open(described, write=True) as (connection, shape):
                rows = self._theirs(shape, described, batch, whose)
                changes.write(connection, shape, rows, values)
            # In a transaction of its own: what counts is what was kept.
            with self._open(described) as (connection, shape):
                rows = self._theirs(shape, described, batch, whose)
                if wrong := changes.count(connection, shape, amending.unlike(shape, rows, values)):
                    raise SourceGarbage("not-kept", f"{wrong} rows")
                said += changes.count(connection, shape, rows)
        return said

    def rectify(
        self,
        collection: str,
        key: Key,
        values: Mapping[str, Scalar],
        *,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        described = self._collection(collection)
        for name in sorted(values.keys() - set(described.rectify)):
            raise SourceMisconfigured("not-rectifiable", name)
        with self._open(described, write=True) as (connection, shape):
            hit = changes.write(connection, shape, self._theirs(shape, described, [key], whose), values)
        with self._open(described) as (connection, shape):
            row = changes.keyed(shape, described, [key])
            if not changes.count(connection, shape, amending.unlike(shape, row, values)):
                return changes.count(connection, shape, row)
        if hit:
            raise SourceGarbage("not-kept", collection)
        return 0

    def suppress(self, collection: str, identifiers: Sequence[Identifier], channel: str) -> int:
        described = self._collection(collection)
        values = described.suppression(channel).set
        with self._open(described, write=True) as (connection, shape):
            match = condition(shape, described, identifiers, self.source.zone)
            return 0 if match is None else changes.write(connection, shape, match, values)

    def unsuppressed(self, collection: str, identifiers: Sequence[Identifier], channel: str) -> int:
        described = self._collection(collection)
        values = described.suppression(channel).set
        with self._open(described) as (connection, shape):
            match = condition(shape, described, identifiers, self.source.zone)
            return (
                0
                if match is None
                else changes.count(connection, shape, changes.differing(shape, match, values))
            )

    def _theirs(
        self,
        shape: Shape,
        collection: SqlCollection,
        keys: Sequence[Key],
        whose: Sequence[Identifier] | None,
    ) -> sa.ColumnElement[bool]:
        """The condition that a row has one of these keys, and with `whose` still is theirs."""
        rows = changes.keyed(shape, collection, keys)
        if whose is None:
            return rows
        return changes.owned(shape, rows, condition(shape, collection, whose, self.source.zone))

    def _collection(self, key: str) -> SqlCollection:
        return find_collection(self.source.collection, key)

    def _batches(self, keys: Sequence[Key]) -> Iterator[list[Key]]:
        """Distinct keys, many at a time; a key given twice is one row."""
        distinct, size = list(dict.fromkeys(keys)), batch_size(self.url)
        for start in range(0, len(distinct), size):
            yield distinct[start : start + size]

    @contextmanager
    def _open(
        self,
        collection: SqlCollection,
        *,
        write: bool = False,
        keep: bool = True,
        seconds: float | None = None,
    ) -> Iterator[tuple[Connection, Shape]]:
        limit = min(seconds or self.source.timeout, self.source.timeout)
        zone = self.source.time_zone or "UTC"
        with transaction(
            self.url, limit, zone, networks=self.source.networks, write=write, keep=keep
        ) as connection:
            yield connection, shape_of(connection, collection)

    def _check_times(self, collection: SqlCollection, shape: Shape) -> None:
        moments = {
            collection.at,
            *(one.from_ for one in collection.yields),
            *(one.to for one in collection.yields),
        }
        for name in moments - {None}:
            family = shape.field(str(name)).family
            if family in _NO_TIMES:
                raise SourceMisconfigured("at-type", f"{name} is no date or timestamp")
            if family in _LOCAL_TIMES and self.source.zone is None:
                raise SourceMisconfigured("time-zone-missing", f"{collection.key}.{name} has no zone")

"""Reading a collection of files page by page; the cursor names a file, its version, and a row in it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import orjson

from connectors.base import PAGE_BYTES, Identifier, Page, SourceGarbage
from connectors.config import FilesCollection, FilesSource
from connectors.files.formats import ROW, Table, described
from connectors.files.matching import condition
from connectors.files.storage import Storage, span
from connectors.intervals import local_bound

_SCANNED = 10.0  # seconds of looking through files without a full page, before the caller hears from us
_FETCHED = 2000


@dataclass(frozen=True)
class Reader:
    """Reads one collection for some identifiers, which all can find rows there."""

    duck: duckdb.DuckDBPyConnection
    storage: Storage
    source: FilesSource
    collection: FilesCollection
    identifiers: Sequence[Identifier]

    def names(self) -> list[str]:
        """The files that can hold a row of these identifiers."""
        return [name for name in self.storage.names(self.collection) if self._reaches(name)]

    def page(self, cursor: str | None, limit: int) -> Page:
        """At most `limit` rows from the cursor on. Raises SourceError."""
        names, started, lines, size = self.names(), time.monotonic(), list[bytes](), 0
        first, row = self._start(names, cursor)
        for index, name in enumerate(names[first:], first):
            with self.storage.held(name, alone=False):
                for place, line in self._rows(name, row, limit - len(lines)):
                    lines.append(line)
                    size += len(line)
                    if len(lines) == limit or size > PAGE_BYTES:
                        return Page(lines, self._cursor(name, place))
            row = -1
            if time.monotonic() - started > _SCANNED and index + 1 < len(names):
                return Page(lines, self._cursor(names[index + 1], row))
        return Page(lines, None)

    def count(self, name: str) -> int:
        """How many rows of one file there are."""
        table = self._table(name)
        match, parameters = condition(table, self.collection, self.identifiers, self.source.zone)
        query = f"SELECT count(*) FROM {table.origin} WHERE {match}"  # noqa: S608
        row = self.duck.execute(query, [table.address, *parameters]).fetchone()
        return int(row[0]) if row else 0

    def _reaches(self, name: str) -> bool:
        ends, zone = span(self.collection, name), self.source.zone
        if ends is None or zone is None:
            return True
        return any(
            (one.valid_from is None or local_bound(one.valid_from, zone) < ends[1])
            and (one.valid_to is None or local_bound(one.valid_to, zone) > ends[0])
            for one in self.identifiers
        )

    def _start(self, names: Sequence[str], cursor: str | None) -> tuple[int, int]:
        """The file to go on in, and the row to go on after."""
        if cursor is None:
            return 0, -1
        place = orjson.loads(cursor)
        if place["file"] not in names or self.storage.version(place["file"]) != place["version"]:
            raise SourceGarbage("file-changed", "the file was written anew while it was read; start over")
        return names.index(place["file"]), int(place["row"])

    def _cursor(self, name: str, row: int) -> str:
        return orjson.dumps({"file": name, "version": self.storage.version(name), "row": row}).decode()

    def _rows(self, name: str, row: int, limit: int) -> Iterator[tuple[int, bytes]]:
        """At most `limit` rows of one file after `row`, in the file's order, each with its place."""
        table = self._table(name)
        match, parameters = condition(table, self.collection, self.identifiers, self.source.zone)
        found = self.duck.execute(self._query(table, match, row, limit), [table.address, *parameters])
        while rows := found.fetchmany(_FETCHED):
            for place, line in rows:
                # A text file has no row numbers: what counts is how many matching rows came before.
                row = row + 1 if place is None else int(place)
                yield row, line.encode()

    def _query(self, table: Table, match: str, row: int, limit: int) -> str:
        line = table.line(self.collection.columns)
        if table.format == "parquet":
            where = f"{ROW} > {row:d} AND ({match})"
            return f"SELECT {ROW}, {line} FROM {table.origin} WHERE {where} LIMIT {limit:d}"  # noqa: S608
        return f"SELECT NULL, {line} FROM {table.origin} WHERE {match} LIMIT {limit:d} OFFSET {row + 1:d}"  # noqa: S608

    def _table(self, name: str) -> Table:
        return described(self.duck, self.collection, self.storage.address(name))

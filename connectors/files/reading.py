"""Reading a collection of files page by page; the cursor names a file, its version, and a place in it."""

import time
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import orjson

from connectors.contract.base import PAGE_BYTES, Identifier, Page, SourceGarbage, SourceMoved
from connectors.description.config import FilesCollection, FilesSource
from connectors.files.parquet.duck import translated
from connectors.files.rowfile import Block, RowFile
from connectors.files.storage import Storage, span
from connectors.rows.intervals import local_bound

_SCANNED = 10.0  # seconds of looking through files without a full page, before the caller hears from us


@dataclass(frozen=True)
class Reader:
    """Reads one collection for some identifiers, which all can find rows there."""

    storage: Storage
    source: FilesSource
    collection: FilesCollection
    identifiers: Sequence[Identifier]
    open: Callable[[str], RowFile]

    def names(self) -> list[str]:
        """The files that can hold a row of these identifiers."""
        return [name for name in self.storage.names(self.collection) if any(self._reaching(name))]

    def page(self, cursor: str | None, limit: int) -> Page:
        """At most `limit` rows from the cursor on. Raises SourceError."""
        names, until, lines, size = self.names(), time.monotonic() + self._patience, list[bytes](), 0
        first, start, begun = self._start(names, cursor)
        for index, name in enumerate(names[first:], first):
            with self.storage.held(name, alone=False):
                if begun is not None:  # whoever held the file before us may have written it anew
                    self._same(name, begun)
                version = begun or self.storage.listed_version(name)
                for places, found in self._rows(name, version, start, limit - len(lines)):
                    sizes = list(accumulate(map(len, found), initial=size))
                    taken = min(bisect(sizes, PAGE_BYTES), len(found), limit - len(lines))
                    lines += found[:taken]
                    size = sizes[taken]
                    if len(lines) == limit or size > PAGE_BYTES or time.monotonic() > until:
                        return Page(lines, self._cursor(name, version, places[taken]))
            start, begun = 0, None
            if time.monotonic() > until and index + 1 < len(names):
                return Page(lines, self._cursor(names[index + 1], self.storage.version(names[index + 1]), 0))
        return Page(lines, None)

    def count(self, name: str) -> int:
        """How many rows of one file there are."""
        return self.open(name).found(list(self._reaching(name)))

    @property
    def _patience(self) -> float:
        return min(_SCANNED, self.source.timeout / 2)

    def _reaching(self, name: str) -> Iterator[Identifier]:
        """Those that can have rows in the file: of a year of leased addresses, a month's for a month's folder."""
        ends, zone = span(self.collection, name), self.source.zone
        if ends is None or zone is None:
            yield from self.identifiers
            return
        for one in self.identifiers:
            begun = one.valid_from is None or local_bound(one.valid_from, zone) < ends[1]
            if begun and (one.valid_to is None or local_bound(one.valid_to, zone) > ends[0]):
                yield one

    def _rows(self, name: str, version: str, start: int, limit: int) -> Iterator[Block]:
        try:
            with translated():
                yield from self.open(name).rows(list(self._reaching(name)), start, limit)
        except SourceGarbage:
            self._same(name, version)  # half of the old file and half of a new one say nothing
            raise
        self._same(name, version)

    def _start(self, names: Sequence[str], cursor: str | None) -> tuple[int, int, str | None]:
        """The file to go on in, the place in it, and the version that this is a place of."""
        if cursor is None:
            return 0, 0, None
        at = orjson.loads(cursor)
        if at["file"] not in names:
            raise SourceMoved("file-changed", "a file went away while it was read")
        return names.index(at["file"]), int(at["place"]), at["version"]

    def _same(self, name: str, version: str) -> None:
        if self.storage.version(name) != version:
            raise SourceMoved("file-changed", "the file was written anew while it was read")

    def _cursor(self, name: str, version: str, place: int) -> str:
        self._same(name, version)
        return orjson.dumps({"file": name, "version": version, "place": place}).decode()

"""One CSV or JSON lines file: read from any record on, and written anew."""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from connectors.contract.base import Column, Identifier, SourceGarbage, SourceMisconfigured
from connectors.description.config import FilesCollection, FilesSource
from connectors.files.formats import Folders, format_of, searched
from connectors.files.rowfile import Block
from connectors.files.storage import Storage
from connectors.files.target import Target
from connectors.files.text.belonging import Owners
from connectors.files.text.csvrows import CsvRows
from connectors.files.text.jsonrows import JsonRows
from connectors.files.text.records import Layout, Row, records
from connectors.files.text.unpacking import blocks
from connectors.rows.graph import key_of

_SAMPLE = 10_000  # JSON lines that are looked through for columns
_QUIET = 20_000  # rows without a match after which the caller hears from us
_WRITTEN = 1 << 20


@dataclass(frozen=True)
class TextFile:
    """A place in it is a byte's, in the file as it is unpacked."""

    storage: Storage
    source: FilesSource
    collection: FilesCollection
    name: str
    folders: Folders

    @property
    def csv(self) -> bool:
        return format_of(self.collection) == "csv"

    @cached_property
    def header(self) -> bytes:
        """The first record of a CSV file; JSON lines have none."""
        if not self.csv:
            return b""
        return next(self._records(0), b"")

    @cached_property
    def layout(self) -> Layout:
        if not self.csv:
            return JsonRows(self.folders)
        if not self.header:
            raise SourceGarbage("not-readable", "a CSV file without a header line")
        return CsvRows(self.header, self.collection.delimiter, self.folders)

    def columns(self) -> tuple[Column, ...]:
        return tuple(Column(name, "text" if self.csv else "JSON") for name in self._names())

    def require(self) -> None:
        keys, found = self.collection.key_columns, list(searched(self.collection))
        if isinstance(self.layout, CsvRows):
            self._refuse_without([*keys, *found, *self.collection.columns])
            return
        always = [*keys, *([self.collection.at] if self.collection.at else ())]
        self._refuse_without(always)
        # Each row leaves out what is empty there, a mail address say; but something has to find it.
        finding = [name for name in found if name not in always]
        if (
            finding
            and self._any_row
            and not any(not row.keys().isdisjoint(finding) for _, _, row in self._rows(0))
        ):
            raise SourceMisconfigured("no-column", finding[0])

    def require_time(self) -> None:
        if self.collection.at and self.source.zone is None:
            raise SourceMisconfigured("time-zone-missing", f"{self.collection.key}.{self.collection.at}")

    def lacking(self, names: Sequence[str]) -> list[str]:
        if isinstance(self.layout, CsvRows):
            return [name for name in names if name not in self.layout.names]
        missing = dict.fromkeys(names)
        for _, _, row in replace(self, folders={})._rows(0):
            for name in [name for name in missing if name in row]:
                del missing[name]
            if not missing:
                break
        return list(missing)

    def refuse_impossible(self, target: Target) -> None:
        target.held  # noqa: B018 - a key that is none is told before anything is touched

    def sample(self, limit: int) -> list[bytes]:
        layout, found = self.layout, self._rows(0)
        if self.csv:
            self._refuse_without(self.collection.columns)
        return [layout.line(record, row, self.collection.columns) for _, record, row in islice(found, limit)]

    def rows(
        self,
        identifiers: Sequence[Identifier],
        place: int,
        limit: int,  # noqa: ARG002 - the caller stops when it has enough
    ) -> Iterator[Block]:
        layout, owners = self.layout, Owners(self.collection, identifiers, self.source.zone)
        # In JSON lines this takes a pass over the file: once, where it begins.
        if place == 0 or self.csv:
            self.require()
        quiet = 0
        for at, record, row in self._rows(place):
            if owners.have(row, partial(layout.text, record, row)):
                yield (at - len(record), at), [layout.line(record, row, self.collection.columns)]
            elif (quiet := quiet + 1) % _QUIET == 0:
                yield (at,), ()

    def found(self, identifiers: Sequence[Identifier]) -> int:
        return sum(len(lines) for _, lines in self.rows(identifiers, 0, 0))

    def total(self) -> int:
        return sum(1 for _ in self._rows(0))

    def left(self, target: Target) -> int:
        meant = self._meant(target)
        self._refuse_without(self.collection.key_columns)
        return sum(meant(record, row) and self._still(target, record) for _, record, row in self._rows(0))

    def rehearse(self, target: Target, tried: set[str]) -> None:
        """What was read to its end is written as it was read."""

    def rewrite(self, target: Target, part: Path) -> "TextFile":
        meant = self._meant(target)
        with _packing(part) as out:
            waiting = bytearray(self.header)
            for record in self._records(len(self.header)):
                row = self.layout.row(record)
                if row is None or not meant(record, row):
                    waiting += record
                elif not target.deleting:
                    waiting += self._new(target, record)
                if len(waiting) > _WRITTEN:
                    out.write(waiting)
                    waiting.clear()
            out.write(waiting)
        return replace(self, storage=Storage.local(part.parent), name=part.name)

    @cached_property
    def _any_row(self) -> bool:
        return next(self._rows(0), None) is not None

    @cached_property
    def _unwritable(self) -> list[str]:
        return self.lacking(list(self.collection.anonymise))

    def _still(self, target: Target, record: bytes) -> bool:
        """Whether a targeted row is not yet as it should be."""
        return target.deleting or self._new(target, record) != record or bool(self._unwritable)

    def _refuse_without(self, names: Sequence[str]) -> None:
        for name in self.lacking(names):
            if name not in self.folders and (self.csv or self._any_row):
                raise SourceMisconfigured("no-column", name)

    def _names(self) -> tuple[str, ...]:
        if isinstance(self.layout, CsvRows):
            return self.layout.columns
        rows = islice(self._rows(0), _SAMPLE)
        return tuple(dict.fromkeys(name for _, _, row in rows for name in row))

    def _records(self, place: int) -> Iterator[bytes]:
        yield from records(blocks(self.storage, self.name, place), quoted=self.csv)

    def _rows(self, place: int) -> Iterator[tuple[int, bytes, Row]]:
        """Every row after the place, with its record, and the place after it."""
        layout, at = self.layout, max(place, len(self.header))
        for record in self._records(at):
            at += len(record)
            row = layout.row(record)
            if row is not None:
                yield at, record, row

    def _meant(self, target: Target) -> Callable[[bytes, Row], bool]:
        """Whether a row is among the targeted."""
        whose = Owners(self.collection, target.whose or (), self.source.zone)

        def meant(record: bytes, row: Row) -> bool:
            try:
                key = json.dumps(key_of(self.collection, row))
            except SourceGarbage:
                return False  # without a key, it is none of them
            if key not in target.held or target.whose is None:
                return key in target.held
            return whose.have(row, partial(self.layout.text, record, row))

        return meant

    def _new(self, target: Target, record: bytes) -> bytes:
        return self.layout.rewritten(record, target.collection.anonymise, target.hash_key)


def _packing(part: Path) -> BinaryIO:
    if part.suffix == ".gz":
        return cast("BinaryIO", gzip.open(part, "wb"))
    return cast("BinaryIO", zstandard.open(part, "wb") if part.suffix == ".zst" else part.open("wb"))

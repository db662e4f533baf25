"""One Parquet file: DuckDB reads it, and tells which rows are meant; pyarrow writes it anew."""

import tempfile
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import duckdb

from connectors.contract.anonymous import HASH
from connectors.contract.base import Column, Identifier, SourceMisconfigured
from connectors.description.config import FilesCollection, FilesSource
from connectors.description.parts import Strategy
from connectors.files.formats import Folders, searched
from connectors.files.parquet.matching import Table, condition, has_key, open_columns
from connectors.files.parquet.moments import require_moments
from connectors.files.parquet.rendering import json_line, known
from connectors.files.parquet.rewriter import rewritten
from connectors.files.rowfile import Block
from connectors.files.storage import Storage
from connectors.files.target import Target

ROW = "file_row_number"
_DIGITS = 38
_FETCHED = 2000
_SLOWER = 10  # than a question is the writing of a whole file
# The path is bound. Names that other files or folders bring along are not mixed in.
_ORIGIN = f"read_parquet(?, {ROW} = true, hive_partitioning = false) AS file"


@dataclass(frozen=True)
class ParquetFile:
    """A place in it is the number of rows before it."""

    duck: duckdb.DuckDBPyConnection
    storage: Storage
    source: FilesSource
    collection: FilesCollection
    name: str
    folders: Folders

    @cached_property
    def table(self) -> Table:
        """Asks DuckDB for the columns."""
        query = f"DESCRIBE SELECT * FROM {self._origin}"  # noqa: S608
        rows = self.duck.execute(query, [self._address]).fetchall()
        types = {str(row[0]): str(row[1]) for row in rows if row[0] != ROW}
        # A decimal of more than 38 digits is read as one of these; whether there is one only the file itself says.
        inexact = self._inexact(list(types)) if any("DOUBLE" in one for one in types.values()) else ()
        return Table(types, self.folders, frozenset(inexact))

    def columns(self) -> tuple[Column, ...]:
        types = {name: self.table.type(name) for name in (*self.table.types, *self._besides)}
        inexact = self.table.inexact
        return tuple(
            Column(name, type_, known(type_) and name not in inexact) for name, type_ in types.items()
        )

    def require(self) -> None:
        given = self.collection.columns or self.table.types
        for name in (*self.collection.key_columns, *searched(self.collection), *given):
            self.table.column(name)

    def require_time(self) -> None:
        if at := self.collection.at:
            require_moments(self.table.type(at), at, self.source.zone)

    def lacking(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if name not in self.table.types]

    def refuse_impossible(self, target: Target) -> None:
        for name, way in () if target.deleting else target.collection.anonymise.items():
            if name in self.table.types and (problem := self._impossible(name, way)):
                raise SourceMisconfigured(problem, name)

    def sample(self, limit: int) -> list[bytes]:
        query = f"SELECT {self._line()} FROM {self._origin} LIMIT {limit:d}"  # noqa: S608
        return [str(line).encode() for (line,) in self.duck.execute(query, [self._address]).fetchall()]

    def rows(self, identifiers: Sequence[Identifier], place: int, limit: int) -> Iterator[Block]:
        self.require()
        match, parameters = self._found(identifiers)
        where = f"{ROW} >= {place:d} AND ({match})"
        query = f"SELECT {ROW}, encode({self._line()}) FROM {self._origin} WHERE {where} LIMIT {limit:d}"  # noqa: S608
        found = self.duck.execute(query, [self._address, *parameters])
        while rows := found.fetchmany(_FETCHED):
            places, lines = zip(*rows, strict=True)
            yield (*places, places[-1] + 1), lines

    def found(self, identifiers: Sequence[Identifier]) -> int:
        return self._count(*self._found(identifiers))

    def total(self) -> int:
        return self._count("true", [])

    def left(self, target: Target) -> int:
        return self._count(*self._meant(target))

    def rehearse(self, target: Target, tried: set[str]) -> None:
        if (form := self._form) not in tried:
            with tempfile.TemporaryDirectory() as folder:
                self.rewrite(target, Path(folder, "part"), sample=True)
            tried.add(form)

    def rewrite(self, target: Target, part: Path, *, sample: bool = False) -> "ParquetFile":
        match, parameters = self._meant(target)
        # Ascending, as whoever writes the file anew goes through it.
        query = f"SELECT {ROW} FROM {self._origin} WHERE {match} ORDER BY {ROW}"  # noqa: S608
        found, rows = self.duck.execute(query, [self._address, *parameters]), array("q")
        while some := found.fetchmany(_FETCHED):
            rows.extend(row for (row,) in some)
        ways = {} if target.deleting else target.collection.anonymise
        columns = {name: self._cast(name, way) for name, way in ways.items() if name in self.table.types}
        with self.storage.at_hand(self.name, part.parent) as source:
            seconds = self.source.timeout * _SLOWER
            rewritten(source, part, rows, columns, target.hash_key, seconds, sample=sample)
        new = replace(self, storage=Storage.local(part.parent), name=part.name)
        if new.table.types != self.table.types:
            raise SourceMisconfigured("file-type", "a column type of this file cannot be written back")
        return new

    @property
    def _form(self) -> str:
        """What files have in common that can be written anew in the same way: their columns, and who wrote them."""
        query = (
            "SELECT created_by, (SELECT hash(value) FROM parquet_kv_metadata(?) WHERE key = 'ARROW:schema') "
            "FROM parquet_file_metadata(?)"
        )
        return repr((self.table.types, self.duck.execute(query, [self._address, self._address]).fetchall()))

    @cached_property
    def _origin(self) -> str:
        """Where its rows come from, in SQL; the path is the first parameter."""
        return _ORIGIN

    @property
    def _address(self) -> str:
        return self.storage.address(self.name)

    @property
    def _besides(self) -> list[str]:
        return [name for name in self.folders if name not in self.table.types]

    def _line(self) -> str:
        names = self.collection.columns or (*self.table.types, *self._besides)
        return json_line((name, self.table.column(name), self.table.type(name)) for name in names)

    def _found(self, identifiers: Sequence[Identifier]) -> tuple[str, list[object]]:
        return condition(self.table, self.collection, identifiers, self.source.zone)

    def _meant(self, target: Target) -> tuple[str, list[object]]:
        """The condition that a row is targeted and not yet as it should be."""
        match, values = has_key(self.table, target.collection.key_columns), list[object]()
        if target.whose is not None:
            whose, values = self._found(target.whose)
            match = f"{match} AND ({whose or 'false'})"
        if target.deleting:
            return match, values
        still, constants = open_columns(self.table, target.collection.anonymise)
        return f"{match} AND ({still})", [*values, *constants]

    def _count(self, match: str, parameters: Sequence[object]) -> int:
        query = f"SELECT count(*) FROM {self._origin} WHERE {match}"  # noqa: S608
        # To its end: an answer of which something is left holds the session.
        ((rows,),) = self.duck.execute(query, [self._address, *parameters]).fetchall()
        return int(rows)

    def _impossible(self, name: str, way: Strategy) -> str | None:
        if way.kind == "keyed-hash":
            return None if self.table.types[name] == "VARCHAR" else "not-text"
        if way.constant is None:
            return "not-null" if self._declared_filled(name) else None
        return None if self._cast(name, way) is not None else "value"

    def _cast(self, name: str, way: Strategy) -> str | bytes | None:
        """What to write, as a text of the column's type; None for nothing."""
        if way.kind == "keyed-hash":
            return HASH
        query = f"SELECT CAST(TRY_CAST(? AS {self.table.types[name]}) AS VARCHAR)"
        row = self.duck.execute(query, [way.constant]).fetchone()
        return None if row is None or row[0] is None else str(row[0])

    def _inexact(self, names: Sequence[str]) -> Iterator[str]:
        """Columns with decimals of more digits than DuckDB has: it reads them as fractions."""
        query = "SELECT num_children, precision FROM parquet_schema(?)"
        parts = iter(self.duck.execute(query, [self._address]).fetchall())

        def digits() -> int:
            children, precision = next(parts)
            return max([precision or 0, *(digits() for _ in range(children or 0))])

        columns, _ = next(parts)
        for name, most in zip(names, [digits() for _ in range(columns)], strict=True):
            if most > _DIGITS:
                yield name

    def _declared_filled(self, name: str) -> bool:
        """Whether the file says that the column is never empty. DuckDB says so of any that happens not to be."""
        query = (
            "SELECT one.repetition_type FROM parquet_schema(?) AS one, parquet_file_metadata(?) AS file "
            "WHERE one.name = ? AND NOT starts_with(file.created_by, 'DuckDB')"
        )
        found = self.duck.execute(query, [self._address, self._address, name]).fetchall()
        return ("REQUIRED",) in found

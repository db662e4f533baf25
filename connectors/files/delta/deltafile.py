"""One file of a Delta table: its rows as the table's schema and log have them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from connectors.contract.base import Identifier, SourceMisconfigured
from connectors.description.parts import Find
from connectors.files.delta.snapshot import Live, Snapshot
from connectors.files.delta.types import as_said
from connectors.files.parquet.matching import Table
from connectors.files.parquet.parquetfile import ROW, ParquetFile
from connectors.files.parquet.rendering import literal, quoted
from connectors.files.rowfile import Block
from connectors.files.target import Target

NO_FILE = ""  # of a table without rows, which has columns all the same
_IN_ORDER = ("VARCHAR", "BIGINT", "INTEGER", "SMALLINT", "TINYINT")


@dataclass(frozen=True)
class DeltaFile(ParquetFile):
    """Files of it are read where they lie, and changed by their table alone."""

    storage: Snapshot

    @cached_property
    def table(self) -> Table:
        return Table(self.storage.types, {})

    def lacking(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if name not in self.storage.types]

    def sample(self, limit: int) -> list[bytes]:
        return [] if self.name == NO_FILE else super().sample(limit)

    def rows(self, identifiers: Sequence[Identifier], place: int, limit: int) -> Iterator[Block]:
        self.require()
        if self._can_hold(identifiers):
            yield from super().rows(identifiers, place, limit)

    def found(self, identifiers: Sequence[Identifier]) -> int:
        return super().found(identifiers) if self._can_hold(identifiers) else 0

    def hold_theirs(self, target: Target) -> None:
        """Puts the keys of the targeted rows, as the table has them, into the table `theirs`."""
        match, parameters = self._meant(target)
        names = ", ".join(quoted(name) for name in target.collection.key_columns)
        query = f"INSERT INTO theirs SELECT DISTINCT {names} FROM {self._origin} WHERE {match}"  # noqa: S608
        self.duck.execute(query, [self._address, *parameters])

    def with_keys(self, names: Sequence[str]) -> int:
        """How many rows have one of the keys in the table `theirs`, whoever's they are."""
        same = " AND ".join(f"theirs.{quoted(name)} = file.{quoted(name)}" for name in names)
        return self._count(f"EXISTS (SELECT 1 FROM theirs WHERE {same})", [])  # noqa: S608

    @property
    def _live(self) -> Live:
        return self.storage.live[self.name]

    @cached_property
    def _origin(self) -> str:
        stored = self._stored_types()
        columns = (
            f"{self._value(name, stored.get(name), said)} AS {quoted(name)}"
            for name, said in self.storage.types.items()
        )
        gone = f"{ROW} NOT IN (SELECT number FROM gone WHERE name = {literal(self.name)})"  # noqa: S608
        return (
            f"(SELECT {ROW}, {', '.join(columns)} "  # noqa: S608
            f"FROM read_parquet(?, {ROW} = true, hive_partitioning = false) AS stored WHERE {gone}) AS file"
        )

    def _stored_types(self) -> dict[str, str]:
        query = "DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning = false)"
        return {str(row[0]): str(row[1]) for row in self.duck.execute(query, [self._address]).fetchall()}

    def _value(self, name: str, stored: str | None, said: str) -> str:
        if name not in self._live.values:
            return as_said(name, stored, said)
        value = self._live.values[name]
        if isinstance(value, bytes):
            raise SourceMisconfigured("table-feature", f"folders by binary values of {name}")
        return f"CAST({'NULL' if value is None else literal(_written(value))} AS {said})"

    def _can_hold(self, identifiers: Sequence[Identifier]) -> bool:
        """Whether the log leaves it open that a row of these is in the file."""
        return any(self._may_be(one) for one in identifiers)

    def _may_be(self, one: Identifier) -> bool:
        return any(self._may_stand(find, one) for find in self.collection.find[one.kind].ways)

    def _may_stand(self, find: Find, one: Identifier) -> bool:
        name = find.columns[0]
        plain = len(find.columns) == 1 and not find.array and find.written != "lower"
        if not plain or self.storage.types.get(name) not in _IN_ORDER:
            return True
        low, high = self._live.low.get(name), self._live.high.get(name)
        value: Any = find.spelled(one.value)
        if isinstance(low, int):
            value = int(value) if re.fullmatch(r"[+-]?[0-9]+", value) else None
        return low is None or high is None or value is None or low <= value <= high


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)

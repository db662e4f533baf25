"""Identifiers and keys as conditions on the rows of a Parquet file, every value bound."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import duckdb
import orjson

from connectors.contract.anonymous import HASHED
from connectors.contract.base import Identifier, Key, SourceMisconfigured
from connectors.description.config import FilesCollection
from connectors.description.parts import Find, Strategy
from connectors.files.formats import Folders
from connectors.files.parquet.moments import Condition, Span, within
from connectors.files.parquet.rendering import known, literal, quoted, rendered

_INEXACT = ("FLOAT", "DOUBLE")
_INTEGER = re.compile(r"[+-]?\d+")
_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
                       "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"})  # fmt: skip


@dataclass(frozen=True)
class Table:
    """The columns of one file, with their types, and those that its path tells."""

    types: Mapping[str, str]
    folders: Folders
    inexact: frozenset[str] = frozenset()  # those whose values DuckDB does not read to the last digit

    def column(self, name: str) -> str:
        """A column in SQL. Raises SourceMisconfigured where the file has no such column, or it cannot be relied on."""
        if name in self.inexact:
            raise SourceMisconfigured("too-many-digits", name)
        if name in self.types:
            return f"file.{quoted(name)}"
        if name not in self.folders:
            raise SourceMisconfigured("no-column", name)
        value = self.folders[name]
        return "CAST(NULL AS VARCHAR)" if value is None else literal(value)

    def type(self, name: str) -> str:
        """Its type in DuckDB; what the path tells is text."""
        return self.types.get(name, "VARCHAR")


def condition(
    table: Table, collection: FilesCollection, identifiers: Sequence[Identifier], zone: tzinfo | None
) -> Condition:
    """What the rows of these identifiers have in common, and its parameters."""
    alternatives, parameters = [], []
    groups: dict[tuple[str, datetime | None, datetime | None], list[str]] = {}
    for one in identifiers:
        groups.setdefault((one.kind, one.valid_from, one.valid_to), []).append(one.value)
    for (kind, start, end), wanted in groups.items():
        find = collection.find[kind]
        called = _any_of(table, find, [find.spelled(value) for value in wanted])
        sql, values = _and_in_time(table, collection.at, called, Span(start, end, zone))
        alternatives.append(sql)
        parameters += values
    return " OR ".join(f"({one})" for one in alternatives), parameters


def _and_in_time(table: Table, at: str | None, called: Condition, span: Span) -> Condition:
    sql, values = called
    if at is None or not span.bounded:
        return sql, values
    in_time, ends = within(table.column(at), table.type(at), at, span)
    if table.type(at) != "VARCHAR":
        return f"({sql}) AND ({in_time})", [*values, *ends]
    # In whatever order the parts of AND are looked at: of the rows of others, no time is read.
    return f"({sql}) AND CASE WHEN {sql} THEN {in_time} ELSE false END", [*values, *values, *ends]


def _any_of(table: Table, find: Find, wanted: Sequence[str]) -> Condition:
    ways = [_by(table, way, wanted) for way in find.ways]
    return " OR ".join(f"({sql})" for sql, _ in ways), [value for _, values in ways for value in values]


def _by(table: Table, find: Find, wanted: Sequence[str]) -> Condition:
    if len(find.columns) > 1:
        return _composite(table, find, wanted)
    name = find.columns[0]
    column = table.column(name)
    if find.array:
        places = ", ".join("?" for _ in wanted)
        return f"list_has_any({column}::VARCHAR[], [{places}])", list(wanted)
    fitting = [one for one in wanted if _fits(table.type(name), one)]
    if not fitting:
        return "false", []
    places = ", ".join(f"TRY_CAST(? AS {table.type(name)})" for _ in fitting)
    return f"{f'lower({column})' if find.written == 'lower' else column} IN ({places})", list(fitting)


def _composite(table: Table, find: Find, wanted: Sequence[str]) -> Condition:
    types = [table.type(name) for name in find.columns]
    one = " AND ".join(
        f"{table.column(name)} = TRY_CAST(? AS {type_})"
        for name, type_ in zip(find.columns, types, strict=True)
    )
    composites = [[_text(part) for part in orjson.loads(value)] for value in wanted]
    fitting = [parts for parts in composites if all(map(_fits, types, parts))]
    return " OR ".join(f"({one})" for _ in fitting) or "false", [part for parts in fitting for part in parts]


def _fits(type_: str, value: str) -> bool:
    """Whether the value can be in such a column; DuckDB would find the row 1000 for the text 1e3."""
    return type_ not in _INTEGERS or _INTEGER.fullmatch(value) is not None


def hold_keys(duck: duckdb.DuckDBPyConnection, names: Sequence[str], keys: Sequence[Key]) -> None:
    """Puts the keys into a table of their own, as text: a list of a hundred thousand is no condition."""
    if any(len(key) != len(names) for key in keys):
        raise SourceMisconfigured("key-length", "the rows were read with other `key_columns`")
    columns = [[_text(part) for part in column] for column in zip(*keys, strict=True)]
    parts = ", ".join(f"unnest(?::VARCHAR[]) AS part{index}" for index in range(len(names)))
    duck.execute(f"CREATE OR REPLACE TEMP TABLE wanted AS SELECT DISTINCT * FROM (SELECT {parts})", columns)  # noqa: S608


def has_key(table: Table, names: Sequence[str]) -> str:
    """The condition that a row has one of the held keys, as its JSON line shows them.

    With EXISTS instead of IN, DuckDB would hold the keys of all the rows.
    """
    shown = [_shown(table.column(name), table.type(name)) for name in names]
    wanted = [_wanted(f"part{index}", table.type(name)) for index, name in enumerate(names)]
    if len(names) == 1:
        return f"{shown[0]} IN (SELECT {wanted[0]} FROM wanted)"  # noqa: S608
    return f"row({', '.join(shown)}) IN (SELECT row({', '.join(wanted)}) FROM wanted)"  # noqa: S608


def _shown(column: str, type_: str) -> str:
    if type_ in _INEXACT:
        return column
    if type_ == "BLOB":
        return f"base64({column})"
    # As text: a cast of the key would also find 7 for "007", which is another row's key in another file.
    return f"CAST({rendered(column, type_) if known(type_) else column} AS VARCHAR)"


def _wanted(part: str, type_: str) -> str:
    return f"TRY_CAST({part} AS {type_})" if type_ in _INEXACT else part


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def open_columns(table: Table, ways: Mapping[str, Strategy]) -> Condition:
    """The condition that one of these columns still holds what anonymising takes away."""
    conditions = [_open(table, name, way) for name, way in ways.items()]
    return " OR ".join(sql for sql, _ in conditions) or "false", [
        one for _, found in conditions for one in found
    ]


def _open(table: Table, name: str, way: Strategy) -> Condition:
    if name not in table.types:
        return "true", []  # nobody knows what it is called here
    column = table.column(name)
    if way.kind == "keyed-hash":
        return f"({column} IS NOT NULL AND NOT regexp_full_match({column}, ?))", [HASHED.pattern]
    return f"{column} IS DISTINCT FROM CAST(? AS {table.type(name)})", [way.constant]

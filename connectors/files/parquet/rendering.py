"""Values of a Parquet file as JSON, with nothing lost."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import duckdb
import orjson

_PLAIN = {"varchar", "boolean", "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger",
          "ubigint"}  # fmt: skip
_AS_TEXT = {"decimal", "hugeint", "uhugeint", "bignum", "uuid", "enum", "interval", "date", "time", "time_ns",
            "time with time zone", "bit"}  # fmt: skip
_MOMENTS = {"timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone",
            "timestamptz_ns"}  # fmt: skip
_JSON = "JSON"  # of which DuckDB's Python says that it is a text
_NESTED = {"list", "array", "struct", "map"}


def known(type_: str) -> bool:
    """Whether values of the type, and all within them, have a form in JSON; others are carried as text."""
    return type_ == _JSON or _known(_parsed(type_))


def rendered(column: str, type_: str) -> str:
    """A column's value for json_object."""
    return column if type_ == _JSON else _rendered(column, _parsed(type_), 0)


def json_line(columns: Iterable[tuple[str, str, str]]) -> str:
    """The JSON line of a row, of each column's name, SQL and type."""
    columns = list(columns)
    if all(type_ != _JSON for _, _, type_ in columns):
        members = (f"{literal(name)}, {rendered(column, type_)}" for name, column, type_ in columns)
        return f"CAST(json_object({', '.join(members)}) AS VARCHAR)"
    members = (
        f"{literal(orjson.dumps(name).decode() + ':')} || coalesce({_written(column, type_)}, 'null')"
        for name, column, type_ in columns
    )
    return "'{' || " + " || ',' || ".join(members) + " || '}'"


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text constant in SQL."""
    return "'" + text.replace("'", "''") + "'"


def _written(column: str, type_: str) -> str:
    if type_ != _JSON:
        return f"CAST(to_json({rendered(column, type_)}) AS VARCHAR)"
    # As it stands: json_object would read 199.00 and write 199.0. A line end can only be a blank between two parts.
    return f"translate(CAST({column} AS VARCHAR), chr(10) || chr(13), '  ')"


@lru_cache(maxsize=256)
def _parsed(type_: str) -> Any:
    try:
        return duckdb.sqltype(type_)
    except duckdb.Error:
        return None


def _kind(type_: Any) -> str:
    return "" if type_ is None else str(type_.id)


def _known(type_: Any) -> bool:
    if _kind(type_) in _NESTED:
        return all(_known(part) for part in _parts(type_))
    return str(type_) != _JSON and _kind(type_) in _PLAIN | _AS_TEXT | _MOMENTS | {"float", "double", "blob"}


def _parts(type_: Any) -> list[Any]:
    return [part for name, part in type_.children if name != "size"]


def _plain(type_: Any) -> bool:
    kind = _kind(type_)
    return (kind in _PLAIN and str(type_) != _JSON) or (kind in _NESTED and all(map(_plain, _parts(type_))))


def _rendered(value: str, type_: Any, depth: int) -> str:
    kind = _kind(type_)
    if _plain(type_):
        return value
    if kind in _MOMENTS:
        return f"replace(CAST({value} AS VARCHAR), ' ', 'T')"
    # JSON has no infinity and no NaN: these go as texts.
    if kind in ("float", "double"):
        text = f"CAST({value} AS VARCHAR)"
        return f"CASE WHEN isfinite({value}) THEN CAST({text} AS JSON) ELSE to_json({text}) END"
    if kind == "blob":
        return f"CASE WHEN {value} IS NULL THEN NULL ELSE {{'type': 'binary', 'base64': base64({value})}} END"
    if kind in _NESTED:
        return _rendered_nested(value, type_, depth)
    return f"CAST({value} AS VARCHAR)"


def _rendered_nested(value: str, type_: Any, depth: int) -> str:
    """Each part on its own, since DuckDB would write a decimal within as a number."""
    one, parts = f"x{depth}", _parts(type_)
    if _kind(type_) == "struct":
        names = [name for name, _ in type_.children]
        members = (
            f"{literal(name)}, {_rendered(f'struct_extract({value}, {literal(name)})', part, depth + 1)}"
            for name, part in zip(names, parts, strict=True)
        )
        return f"CASE WHEN {value} IS NULL THEN NULL ELSE json_object({', '.join(members)}) END"
    if _kind(type_) == "map":
        key, inner = f"CAST({one}.key AS VARCHAR)", _rendered(f"{one}.value", parts[1], depth + 1)
        entry = f"{{'key': {key}, 'value': {inner}}}"
        return f"map_from_entries(list_transform(map_entries({value}), lambda {one}: {entry}))"
    inner = _rendered(one, parts[0], depth + 1)
    return f"list_transform({value}::{parts[0]}[], lambda {one}: {inner})"

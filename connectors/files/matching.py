"""Identifiers and keys as conditions on one file, every value bound."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

import duckdb
import orjson

from connectors.base import Identifier, Key, SourceMisconfigured
from connectors.config import FilesCollection
from connectors.files.formats import Table, quoted
from connectors.intervals import date_bound, local_bound
from connectors.parts import Find

Condition = tuple[str, list[object]]
# A text is an instant if a zone follows the time of day; otherwise it is local time.
_ZONED = r"':\d\d(\.\d+)?\s*(Z|[+-]\d\d(:?\d\d)?)$'"


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
        parts = [_any_of(table, find, [find.spelled(value) for value in wanted])]
        if collection.at is not None:
            parts += [
                _beside(table, collection.at, ">=", start, zone),
                _beside(table, collection.at, "<", end, zone),
            ]
        alternatives.append(" AND ".join(f"({sql})" for sql, _ in parts))
        parameters += [value for _, values in parts for value in values]
    return " OR ".join(f"({one})" for one in alternatives), parameters


def _any_of(table: Table, find: Find, wanted: Sequence[str]) -> Condition:
    if len(find.columns) > 1:
        return _composite(table, find, wanted)
    name = find.columns[0]
    column = table.column(name)
    if find.array:
        places = ", ".join("?" for _ in wanted)
        held = (
            f"from_json({column}, '[\"VARCHAR\"]')" if table.format != "parquet" else f"{column}::VARCHAR[]"
        )
        return f"list_has_any({held}, [{places}])", list(wanted)
    places = ", ".join(f"TRY_CAST(? AS {table.type(name)})" for _ in wanted)
    return f"{f'lower({column})' if find.written == 'lower' else column} IN ({places})", list(wanted)


def _composite(table: Table, find: Find, wanted: Sequence[str]) -> Condition:
    one = " AND ".join(f"{table.column(name)} = TRY_CAST(? AS {table.type(name)})" for name in find.columns)
    parameters = [str(part) for value in wanted for part in orjson.loads(value)]
    return " OR ".join(f"({one})" for _ in wanted), list(parameters)


def _beside(table: Table, at: str, sign: str, bound: datetime | None, zone: tzinfo | None) -> Condition:
    """Whether a row lies on the right side of an aware bound; always, if there is none."""
    if bound is None:
        return "true", []
    column, type_ = table.column(at), table.type(at)
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"{column} {sign} CAST(? AS TIMESTAMPTZ)", [bound.isoformat()]
    if zone is None and type_ != "VARCHAR":
        raise SourceMisconfigured("time-zone-missing", f"{at} has no time zone")
    if type_ == "DATE" and zone is not None:
        return f"{column} {sign} CAST(? AS DATE)", [date_bound(bound, zone).isoformat()]
    if type_.startswith("TIMESTAMP") and zone is not None:
        return f"{column} {sign} CAST(? AS TIMESTAMP)", [local_bound(bound, zone).isoformat()]
    if type_ != "VARCHAR":
        raise SourceMisconfigured("at-type", f"{at} is no date or timestamp")
    return _text_beside(column, at, sign, bound, zone)


def _text_beside(column: str, at: str, sign: str, bound: datetime, zone: tzinfo | None) -> Condition:
    if zone is None:
        raise SourceMisconfigured("time-zone-missing", f"{at} may have no time zone")
    written = f"nullif({column}, '')"
    instant = f"CAST({written} AS TIMESTAMPTZ) {sign} CAST(? AS TIMESTAMPTZ)"
    local = f"CAST({written} AS TIMESTAMP) {sign} CAST(? AS TIMESTAMP)"
    choice = f"CASE WHEN regexp_matches({written}, {_ZONED}) THEN {instant} ELSE {local} END"
    return choice, [bound.isoformat(), local_bound(bound, zone).isoformat()]


def hold_keys(duck: duckdb.DuckDBPyConnection, names: Sequence[str], keys: Sequence[Key]) -> None:
    """Puts the keys into a table of their own, as text: a list of a hundred thousand is no condition."""
    if any(len(key) != len(names) for key in keys):
        raise SourceMisconfigured("key-length", "the rows were read with other `key_columns`")
    columns = [[_text(part) for part in column] for column in zip(*keys, strict=True)]
    parts = ", ".join(f"unnest(?::VARCHAR[]) AS part{index}" for index in range(len(names)))
    duck.execute(f"CREATE OR REPLACE TEMP TABLE wanted AS SELECT DISTINCT * FROM (SELECT {parts})", columns)  # noqa: S608


def has_key(table: Table, names: Sequence[str]) -> str:
    """The condition that a row has one of the held keys."""
    same = " AND ".join(
        f"{table.column(name)} = {_read_back(f'wanted.part{index}', table.type(name))}"
        for index, name in enumerate(names)
    )
    return f"EXISTS (SELECT 1 FROM wanted WHERE {same})"  # noqa: S608


def _read_back(text: str, type_: str) -> str:
    return f"from_base64({text})" if type_ == "BLOB" else f"CAST({text} AS {type_})"


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def differs(table: Table, name: str, value: object) -> Condition:
    """The condition that a column does not have the value."""
    return f"{quoted(name)} IS DISTINCT FROM CAST(? AS {table.type(name)})", [value]

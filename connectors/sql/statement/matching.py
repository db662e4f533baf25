"""Identifiers as a condition: one OR over all of them, so that a row found twice comes once."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import groupby
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.sql.elements import Grouping

from connectors.contract.base import Identifier, SourceMisconfigured
from connectors.description.collection import Collection
from connectors.description.parts import Find
from connectors.rows.intervals import usable
from connectors.sql.statement import moments, values
from connectors.sql.statement.fields import Field
from connectors.sql.statement.shape import Shape

_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_BRANCHES = 100
_MSSQL = "Latin1_General_100_BIN2"
Ends = tuple[datetime | None, datetime | None]


def condition(
    shape: Shape, collection: Collection, identifiers: Sequence[Identifier], zone: tzinfo | None
) -> sa.ColumnElement[bool] | None:
    """What the rows of these identifiers have in common; None if none of them can find a row here."""
    alternatives = []
    found = sorted(usable(collection, identifiers), key=_group_key)
    for _, group in groupby(found, key=_group_key):
        alike = list(group)
        find = collection.find[alike[0].kind]
        match = _any_of(shape, find, [find.spelled(one.value) for one in alike])
        if match is not None:
            during = _during(shape, collection.at, (alike[0].valid_from, alike[0].valid_to), zone)
            alternatives.append(sa.and_(match, *during))
    return _either(alternatives) if alternatives else None


def _either(alternatives: list[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    """One OR, nested by hundreds: as many addresses as a year has leases would be too deep for SQLite in a row."""
    while len(alternatives) > _BRANCHES:
        alternatives = [
            # In parentheses that stay: SQLAlchemy would make one flat OR of them again.
            sa.type_coerce(Grouping(sa.or_(*alternatives[start : start + _BRANCHES])), sa.Boolean)
            for start in range(0, len(alternatives), _BRANCHES)
        ]
    return sa.or_(*alternatives)


def _group_key(one: Identifier) -> tuple[str, str, str]:
    return one.kind, str(one.valid_from), str(one.valid_to)


def _any_of(shape: Shape, find: Find, wanted: Sequence[str]) -> sa.ColumnElement[bool] | None:
    ways = [match for way in find.ways if (match := _by(shape, way, wanted)) is not None]
    return _either(ways) if ways else None


def _by(shape: Shape, find: Find, wanted: Sequence[str]) -> sa.ColumnElement[bool] | None:
    fields = [shape.field(name) for name in find.columns]
    if len(fields) > 1:
        return _composite(shape, fields, wanted)
    field, column = fields[0], shape.column(find.columns[0])
    fitting = [one for one in wanted if values.fits(shape, field, one)]
    if not fitting:
        return None
    if find.array:
        return _in_array(shape, field, fitting)
    return values.among(shape, field, _spelling(find, column), [*fitting, *_numbers(shape, field, fitting)])


def _numbers(shape: Shape, field: Field, wanted: Sequence[str]) -> list[int]:
    """To SQLite "46" is not the 46 that a column of a query can hold."""
    if shape.dialect != "sqlite" or field.family != "other":
        return []
    return [int(one) for one in wanted if _WHOLE.fullmatch(one) and len(one) < 19]


def _spelling(find: Find, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.lower(column) if find.written == "lower" else column


def _composite(shape: Shape, fields: Sequence[Field], wanted: Sequence[str]) -> sa.ColumnElement[bool] | None:
    alternatives = []
    for one in wanted:
        parts = list(zip(fields, orjson.loads(one), strict=True))
        if all(values.fits(shape, field, part) for field, part in parts):
            alternatives.append(sa.and_(*(values.equal(shape, field, part) for field, part in parts)))
    return _either(alternatives) if alternatives else None


def _in_array(shape: Shape, field: Field, wanted: Sequence[str]) -> sa.ColumnElement[bool]:
    column = shape.column(field.name)
    if shape.dialect == "postgresql":
        return column.op("&&")(values.array(field, wanted))
    return sa.or_(*(_in_json(shape, column, one) for one in wanted))


def _in_json(shape: Shape, column: sa.ColumnElement[Any], value: str) -> sa.ColumnElement[bool]:
    """Elements are texts or numbers: 46 is found by "46" in both."""
    match shape.dialect:
        case "mysql" | "mariadb":
            spellings = [orjson.dumps(value).decode(), *([value] if _WHOLE.fullmatch(value) else [])]
            return sa.or_(*(sa.func.json_contains(column, one) == 1 for one in spellings))
        case "sqlite":
            elements = sa.func.json_each(column).table_valued("value")
            text = sa.collate(sa.cast(elements.c.value, sa.Text), "BINARY")
            return sa.exists(sa.select(1).select_from(elements).where(text == value))
        case "mssql":
            found = sa.func.openjson(column).table_valued("value")
            return sa.exists(
                sa.select(1).select_from(found).where(sa.collate(found.c.value, _MSSQL) == value)
            )
        case "trino":
            return sa.func.contains(column, value)
        case "snowflake":
            return sa.func.array_contains(sa.func.to_variant(value), column)
        case "clickhousedb":
            return sa.func.has(column, value) == 1
    raise SourceMisconfigured("no-arrays", f"{shape.dialect} is not searched for elements of arrays")


def _during(
    shape: Shape, at: str | None, ends: Ends, zone: tzinfo | None
) -> Iterator[sa.ColumnElement[bool]]:
    if at is None or ends == (None, None):
        return
    field, column = shape.field(at), shape.column(at)
    moment = moments.instant(shape, field, column)
    # SQLite has no type for times (`engine._teach_sqlite`).
    if shape.dialect == "sqlite":
        moment = sa.func.dsar_moment(column, str(zone or ""))
    yield from _finite(shape, column)
    if ends[0] is not None:
        yield moment >= moments.time_bound(shape, field, ends[0], zone)
    if ends[1] is not None:
        yield moment < moments.time_bound(shape, field, ends[1], zone)


def _finite(shape: Shape, column: sa.ColumnElement[Any]) -> Iterator[sa.ColumnElement[bool]]:
    """What stands for no moment lies before, or after, every moment, and is still nobody's."""
    if shape.dialect == "postgresql":
        yield sa.func.isfinite(column)
    elif shape.dialect in ("mysql", "mariadb"):
        yield column >= sa.literal(datetime.min)

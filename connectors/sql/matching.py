"""Identifiers as a condition: one OR over all of them, so that a row found twice comes once."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import groupby
from typing import Any

import orjson
import sqlalchemy as sa

from connectors.base import Identifier
from connectors.collection import Collection
from connectors.intervals import usable
from connectors.parts import Find
from connectors.sql import values
from connectors.sql.shape import Field, Shape

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
    return sa.or_(*alternatives) if alternatives else None


def _group_key(one: Identifier) -> tuple[str, str, str]:
    return one.kind, str(one.valid_from), str(one.valid_to)


def _any_of(shape: Shape, find: Find, wanted: Sequence[str]) -> sa.ColumnElement[bool] | None:
    fields = [shape.field(name) for name in find.columns]
    if len(fields) > 1:
        return _composite(shape, fields, wanted)
    field, column = fields[0], shape.column(find.columns[0])
    fitting = [one for one in wanted if values.fits(field, one)]
    if not fitting:
        return None
    if shape.dialect == "postgresql":
        array = values.array(field, fitting)
        return column.op("&&")(array) if find.array else _spelling(find, column) == sa.any_(array)
    if find.array:
        return sa.or_(*(_in_json(shape, column, one) for one in fitting))
    return _exactly(
        shape, field, _spelling(find, column), [values.bound(shape, field, one) for one in fitting]
    )


def _spelling(find: Find, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.lower(column) if find.written == "lower" else column


def _composite(shape: Shape, fields: Sequence[Field], wanted: Sequence[str]) -> sa.ColumnElement[bool] | None:
    alternatives = []
    for one in wanted:
        parts = orjson.loads(one)
        alternatives.append(
            sa.and_(
                *(
                    shape.column(field.name) == values.bound(shape, field, part)
                    for field, part in zip(fields, parts, strict=True)
                )
            )
        )
    return sa.or_(*alternatives) if alternatives else None


def _exactly(
    shape: Shape, field: Field, column: sa.ColumnElement[Any], wanted: Sequence[sa.ColumnElement[Any]]
) -> sa.ColumnElement[bool]:
    """Some databases find åsa@ when asked for asa@; the collation narrows that down after the index."""
    match = column.in_(wanted)
    if field.family != "text" or shape.dialect not in _EXACT:
        return match
    return sa.and_(match, _EXACT[shape.dialect](column).in_(wanted))


def _mysql_exact(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.collate(sa.func.convert(column.op("USING")(sa.literal_column("utf8mb4"))), "utf8mb4_bin")


def _mssql_exact(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.collate(column, "Latin1_General_100_BIN2")


_EXACT = {"mysql": _mysql_exact, "mariadb": _mysql_exact, "mssql": _mssql_exact}


def _in_json(shape: Shape, column: sa.ColumnElement[Any], value: str) -> sa.ColumnElement[bool]:
    if shape.dialect in ("mysql", "mariadb"):
        return sa.func.json_contains(column, sa.func.json_quote(value)) == 1
    elements = sa.func.json_each(column).table_valued("value")
    return sa.exists(sa.select(1).select_from(elements).where(elements.c.value == value))


def _during(
    shape: Shape, at: str | None, ends: Ends, zone: tzinfo | None
) -> Iterator[sa.ColumnElement[bool]]:
    if at is None:
        return
    field, column = shape.field(at), shape.column(at)
    moment = sa.func.dsar_moment(column, str(zone or "")) if shape.dialect == "sqlite" else column
    if ends[0] is not None:
        yield moment >= values.time_bound(shape, field, ends[0], zone)
    if ends[1] is not None:
        yield moment < values.time_bound(shape, field, ends[1], zone)

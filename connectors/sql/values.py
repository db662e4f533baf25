"""Values on their way into a statement: always bound, and in the type of the column they meet."""

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from connectors.base import Key, Scalar, SourceMisconfigured
from connectors.intervals import date_bound, local_bound
from connectors.sql.shape import Field, Named, Shape

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INTEGER = re.compile(r"[+-]?\d{1,18}")


def fits(field: Field, value: str) -> bool:
    """Whether an identifier can be in this column at all; a mail address is in no number column."""
    return field.family != "integer" or _INTEGER.fullmatch(value) is not None


def bound(shape: Shape, field: Field, value: Scalar) -> sa.ColumnElement[Any]:
    """A parameter to compare with the column; `value` as in a JSON line, or an identifier's text."""
    if shape.dialect == "postgresql":
        text = None if value is None else _text(field, value)
        return sa.cast(sa.literal(text, sa.Text), Named(field.type))
    return sa.literal(_native(shape, field, value))


def array(field: Field, values: Sequence[Scalar]) -> sa.ColumnElement[Any]:
    """All values as one PostgreSQL array parameter in the column's type.

    Written out as one text: a driver that looks at each element takes longer than the server to delete the rows.
    The parameter has no type but the array's, so that it is a constant to the planner, also where no index helps.
    """
    type_ = Named(field.type if field.family == "array" else f"{field.type}[]")
    elements = ",".join([_element(field, value) for value in values])
    return sa.cast(sa.literal(f"{{{elements}}}", type_), type_)


def _element(field: Field, value: Scalar) -> str:
    if type(value) is int:
        return str(value)
    text = _text(field, value).replace("\\", r"\\").replace('"', r"\"")
    return f'"{text}"'


def with_keys(shape: Shape, names: Sequence[str], keys: Sequence[Key]) -> sa.ColumnElement[bool]:
    """The condition that a row has one of these keys."""
    fields = [shape.field(name) for name in names]
    columns = [shape.column(name) for name in names]
    if set(map(len, keys)) - {len(names)}:
        raise SourceMisconfigured("key-length", "the rows were read with other `key_columns`")
    if shape.dialect == "postgresql":
        return _in_arrays(fields, columns, [[key[index] for key in keys] for index in range(len(names))])
    rows = [[_native(shape, field, part) for field, part in zip(fields, key, strict=True)] for key in keys]
    if len(names) == 1:
        return columns[0].in_([row[0] for row in rows])
    if shape.dialect in ("sqlite", "mysql", "mariadb", "oracle"):
        return sa.tuple_(*columns).in_([tuple(row) for row in rows])
    return sa.or_(*(sa.and_(*(one == part for one, part in zip(columns, row, strict=True))) for row in rows))


def _in_arrays(
    fields: Sequence[Field], columns: Sequence[sa.ColumnElement[Any]], parts: Sequence[Sequence[Scalar]]
) -> sa.ColumnElement[bool]:
    arrays = [array(field, part) for field, part in zip(fields, parts, strict=True)]
    if len(columns) == 1:
        return columns[0] == sa.any_(arrays[0])
    wanted = (
        sa.func.unnest(*arrays)
        .table_valued(*(f"part{index}" for index in range(len(columns))))
        .render_derived()
    )
    return sa.tuple_(*columns).in_(sa.select(*wanted.c))


def after(shape: Shape, names: Sequence[str], key: Key) -> sa.ColumnElement[bool]:
    """The condition that a row comes after the one with this key."""
    columns = [shape.column(name) for name in names]
    values = [bound(shape, shape.field(name), part) for name, part in zip(names, key, strict=True)]
    if len(columns) == 1:
        return columns[0] > values[0]
    if shape.dialect in ("postgresql", "sqlite"):
        return sa.tuple_(*columns) > sa.tuple_(*values)
    steps = []
    for index, column in enumerate(columns):
        same = [one == value for one, value in zip(columns[:index], values[:index], strict=True)]
        steps.append(sa.and_(*same, column > values[index]))
    return sa.or_(*steps)


def time_bound(shape: Shape, field: Field, moment: datetime, zone: tzinfo | None) -> sa.ColumnElement[Any]:
    """An aware bound in the terms of a time column. Raises SourceMisconfigured where the column is none."""
    if shape.dialect == "sqlite":
        return sa.literal((moment - _EPOCH) // timedelta(microseconds=1))
    if field.family == "aware":
        return sa.literal(moment)
    if field.family not in ("naive", "date"):
        raise SourceMisconfigured("at-type", f"{field.name} is no date or timestamp")
    if zone is None:
        raise SourceMisconfigured("time-zone-missing", f"{field.name} has no time zone")
    if field.family == "date":
        return sa.literal(date_bound(moment, zone))
    return sa.literal(local_bound(moment, zone))


def _text(field: Field, value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return rf"\x{base64.b64decode(text).hex()}" if field.family == "binary" else text


def _native(shape: Shape, field: Field, value: Scalar) -> Any:
    """For drivers that compare by Python type. SQLite holds what was written, as the JSON line shows it."""
    if not isinstance(value, str) or (shape.dialect == "sqlite" and field.family != "binary"):
        return value
    try:
        match field.family:
            case "integer":
                return int(value)
            case "decimal":
                return Decimal(value)
            case "naive" | "aware":
                return datetime.fromisoformat(value)
            case "date":
                return datetime.fromisoformat(value).date()
            case "binary":
                return base64.b64decode(value)
    except (ValueError, InvalidOperation):
        raise SourceMisconfigured("value", field.name) from None
    return value

"""Values on their way into a statement: always bound, and in the type of the column they meet."""

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from connectors.contract.base import Key, Scalar, SourceMisconfigured
from connectors.sql.statement.exact import exactly, one_of, one_row_of, sorting, written
from connectors.sql.statement.fields import Field, Named
from connectors.sql.statement.moments import aware, instant, typed
from connectors.sql.statement.shape import Shape

_TEXT = Field("", "text", "text")
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TOP = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}  # PostgreSQL refuses what is beyond


def fits(shape: Shape, field: Field, value: Scalar) -> bool:
    """Whether an identifier can be in this column at all; a mail address is in no number column."""
    if shape.dialect == "sqlite" and field.family != "integer":  # a column of whose values may be of any type
        return True
    if field.family == "integer":
        return _INTEGER.fullmatch(str(value)) is not None and abs(int(str(value))) < _TOP.get(
            field.type, 2**64
        )
    if field.type == "uuid":
        return _UUID.fullmatch(str(value)) is not None
    try:
        if field.family in ("decimal", "float"):
            return Decimal(str(value)).is_finite()
        if field.family in ("date", "naive", "aware"):
            return bool(datetime.fromisoformat(str(value)))
    except (ValueError, InvalidOperation):
        return False
    return True


def bound(shape: Shape, field: Field, value: Scalar) -> sa.ColumnElement[Any]:
    """A parameter to compare with the column; `value` as in a JSON line, or an identifier's text."""
    if shape.dialect == "postgresql":
        text = None if value is None else _text(field, value)
        return sa.cast(sa.literal(text, sa.Text), Named(field.type))
    return typed(shape, field, native(shape, field, value))


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


def equal(shape: Shape, field: Field, value: Scalar) -> sa.ColumnElement[bool]:
    """The condition that the column has this value."""
    if shape.dialect == "postgresql":
        return among(shape, field, shape.column(field.name), [value])
    column, wanted = shape.column(field.name), native(shape, field, value)
    plain = instant(shape, field, column) == typed(shape, field, wanted)
    if not field.loose:
        return plain
    return sa.and_(plain, exactly(shape, field, column) == sa.literal(written(shape, field, wanted)))


def among(
    shape: Shape, field: Field, column: sa.ColumnElement[Any], wanted: Sequence[Scalar]
) -> sa.ColumnElement[bool]:
    """The condition that the column, or something made of it, has one of these values."""
    if shape.dialect != "postgresql":
        return one_of(shape, field, column, [native(shape, field, one) for one in wanted])
    plain = column == sa.any_(array(field, wanted))
    if not field.loose:
        return plain
    return sa.and_(plain, exactly(shape, field, column) == sa.any_(array(_TEXT, wanted)))


def with_keys(shape: Shape, names: Sequence[str], keys: Sequence[Key]) -> sa.ColumnElement[bool]:
    """The condition that a row has one of these keys."""
    fields = [shape.field(name) for name in names]
    if set(map(len, keys)) - {len(names)}:
        raise SourceMisconfigured("key-length", "the rows were read with other `key_columns`")
    if len(names) == 1:
        return among(shape, fields[0], shape.column(names[0]), [key[0] for key in keys])
    if shape.dialect == "postgresql":
        return _in_arrays(shape, fields, keys)
    if shape.dialect in ("sqlite", "mysql", "mariadb"):
        rows = [tuple(native(shape, *one) for one in zip(fields, key, strict=True)) for key in keys]
        return one_row_of(shape, fields, rows)
    alike = (sa.and_(*(equal(shape, *one) for one in zip(fields, key, strict=True))) for key in keys)
    return sa.or_(*alike)


def _in_arrays(shape: Shape, fields: Sequence[Field], keys: Sequence[Key]) -> sa.ColumnElement[bool]:
    columns = [shape.column(field.name) for field in fields]
    parts = [[key[index] for key in keys] for index in range(len(fields))]
    plain = sa.tuple_(*columns).in_(_unnested(fields, parts))
    if not any(field.loose for field in fields):
        return plain
    exact = [exactly(shape, field, column) for field, column in zip(fields, columns, strict=True)]
    texts = [_TEXT if field.loose else field for field in fields]
    return sa.and_(plain, sa.tuple_(*exact).in_(_unnested(texts, parts)))


def _unnested(fields: Sequence[Field], parts: Sequence[Sequence[Scalar]]) -> sa.Select[Any]:
    arrays = [array(field, part) for field, part in zip(fields, parts, strict=True)]
    names = (f"part{index}" for index in range(len(arrays)))
    return sa.select(*sa.func.unnest(*arrays).table_valued(*names).render_derived().c)


def after(shape: Shape, names: Sequence[str], key: Key) -> sa.ColumnElement[bool]:
    """The condition that a row comes after the one with this key."""
    columns = [instant(shape, shape.field(name), sorting(shape, shape.field(name))) for name in names]
    values = [bound(shape, shape.field(name), part) for name, part in zip(names, key, strict=True)]
    if len(columns) == 1:
        return columns[0] > values[0]
    # Elsewhere it is written out: MySQL takes no index for comparing rows, and some do not compare them at all.
    if shape.dialect in ("postgresql", "sqlite"):
        return sa.tuple_(*columns) > sa.tuple_(*values)
    steps = []
    for index, column in enumerate(columns):
        same = [one == value for one, value in zip(columns[:index], values[:index], strict=True)]
        steps.append(sa.and_(*same, column > values[index]))
    return sa.or_(*steps)


def follows(shape: Shape, names: Sequence[str], last: Key, extra: Key) -> sa.Select[Any]:
    """Asks for 1 if the key `extra` comes after `last`, or else 0. No row is read, but for their collations."""
    wanted = [
        bound(shape, shape.field(name), part).label(name) for name, part in zip(names, extra, strict=True)
    ]
    nothing = sa.select(*(shape.column(name) for name in names)).where(sa.literal_column("1 = 0"))
    if shape.dialect in ("mysql", "mariadb"):
        # A union would do, had MariaDB not forgotten its collation by the time it compares.
        none, one = nothing.subquery("none"), sa.select(sa.literal(1)).subquery("one")
        filled = (sa.func.coalesce(none.c[part.name], part.element).label(part.name) for part in wanted)
        edge = sa.select(*filled).select_from(one.outerjoin(none, sa.literal_column("1 = 1")))
        origin = edge.subquery("edge")
    else:
        origin = nothing.union_all(sa.select(*wanted)).subquery("edge")
    there = Shape(origin, shape.fields, shape.names, shape.dialect)
    return sa.select(sa.func.count()).select_from(origin).where(after(there, names, last))


def _text(field: Field, value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return rf"\x{base64.b64decode(text).hex()}" if field.family == "binary" else text


def native(shape: Shape, field: Field, value: Scalar) -> Any:
    """The value for drivers that compare by Python type. SQLite holds what was written, as the JSON line shows it."""
    if not isinstance(value, str) or (shape.dialect == "sqlite" and field.family != "binary"):
        return value
    try:
        match field.family:
            case "integer":
                return int(value)
            case "decimal":
                return Decimal(value)
            case "float":
                return float(value)
            case "naive":
                return datetime.fromisoformat(value)
            case "aware":
                return aware(shape, datetime.fromisoformat(value))
            case "date":
                return datetime.fromisoformat(value).date()
            case "binary":
                return base64.b64decode(value)
    except (ValueError, InvalidOperation):
        raise SourceMisconfigured("value", field.name) from None
    return value

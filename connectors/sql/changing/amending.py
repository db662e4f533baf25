"""Values written into rows as ordered, and asked for again: a trigger or a narrow column may make others of them."""

from collections.abc import Mapping

import sqlalchemy as sa

from connectors.contract.base import Scalar
from connectors.sql.changing import changes
from connectors.sql.statement import values
from connectors.sql.statement.fields import Field
from connectors.sql.statement.shape import Shape

# Single precision keeps seven digits, and most databases compare it as if it had sixteen.
_CLOSE = 1e-6


def unlike(
    shape: Shape, rows: sa.ColumnElement[bool], wanted: Mapping[str, Scalar]
) -> sa.ColumnElement[bool]:
    """The condition that one of the rows does not hold all of these values, as far as its columns can tell."""
    hard = {name: value for name, value in wanted.items() if _is_hard(shape, shape.field(name), value)}
    plain = {name: value for name, value in wanted.items() if name not in hard}
    found = [_differs(shape, shape.field(name), value) for name, value in hard.items()]
    found += [changes.differing(shape, rows, plain)] if plain else []
    return sa.and_(rows, sa.or_(*found))


def _is_hard(shape: Shape, field: Field, value: Scalar) -> bool:
    """Whether the column is none that the database compares with = as one would think, or at all."""
    odd = ("json", "other") if shape.dialect == "postgresql" else ("float",)
    return value is not None and field.family in odd


def _differs(shape: Shape, field: Field, value: Scalar) -> sa.ColumnElement[bool]:
    column, bound = shape.column(field.name), values.bound(shape, field, value)
    if field.family != "float":
        return sa.cast(column, sa.Text).is_distinct_from(sa.cast(bound, sa.Text))
    return sa.or_(column.is_(None), sa.func.abs(column - bound) > sa.func.abs(bound) * _CLOSE)

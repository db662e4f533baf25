"""Comparing texts to the letter, and in one order, whatever the collation of a column says.

Under many collations å equals a, capitals equal small letters, and blanks at the end do not count: a search would
find another person's row. The plain comparison stays, for it is the one an index serves.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from connectors.sql.statement.fields import Field
from connectors.sql.statement.shape import Shape

Column = sa.ColumnElement[Any]


def one_of(shape: Shape, field: Field, column: Column, wanted: Sequence[Any]) -> sa.ColumnElement[bool]:
    """The condition that the column, or something made of it, has one of these values of the driver's types."""
    match = column.in_(wanted)
    if not field.loose:
        return match
    return sa.and_(match, exactly(shape, field, column).in_([written(shape, field, one) for one in wanted]))


def one_row_of(
    shape: Shape, fields: Sequence[Field], rows: Sequence[tuple[Any, ...]]
) -> sa.ColumnElement[bool]:
    """The condition that the columns together have one of these rows of values."""
    columns = [shape.column(field.name) for field in fields]
    match = sa.tuple_(*columns).in_(rows)
    if not any(field.loose for field in fields):
        return match
    exact = [exactly(shape, field, column) for field, column in zip(fields, columns, strict=True)]
    return sa.and_(match, sa.tuple_(*exact).in_(rows))


def exactly(shape: Shape, field: Field, column: Column) -> Column:
    """What tells apart all values that are not the same; the column itself where that does."""
    if not field.loose:
        return column
    match shape.dialect:
        case "mysql" | "mariadb":
            # Only binary strings count blanks at the end in every version.
            text = sa.func.convert(column.op("USING")(sa.literal_column("utf8mb4")))
            return sa.type_coerce(sa.cast(text, sa.BINARY), sa.String)
        case "mssql":
            binary = sa.collate(column, "Latin1_General_100_BIN2")
            return binary if _is_filled(field) else binary + sa.literal_column("'.'")
        case "sqlite":
            return sa.collate(column, "BINARY")
        case "postgresql":
            return sa.collate(sa.cast(column, sa.Text), "C")
    return column


def written(shape: Shape, field: Field, value: Any) -> Any:
    """The value to compare with `exactly`."""
    if shape.dialect == "mssql" and isinstance(value, str) and not _is_filled(field):
        return value + "."
    return value


def _is_filled(field: Field) -> bool:
    """SQL Server never counts blanks at the end. In CHAR they are filling; else a mark after them makes them count."""
    return field.type.startswith(("CHAR", "NCHAR"))


def sorting(shape: Shape, field: Field) -> Column:
    """What rows are ordered and compared by: a MySQL label is sorted by its number, but compared by its text."""
    column = shape.column(field.name)
    if field.family == "label" and shape.dialect in ("mysql", "mariadb"):
        return sa.collate(sa.cast(column, sa.CHAR), "utf8mb4_bin")
    return column

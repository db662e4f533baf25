"""A row as JSON in MySQL's and MariaDB's own words, exactly as `byvalue` would say it.

JSON_OBJECT would not do: it gives decimals as numbers, binaries as garbage, and a MariaDB date as MariaDB writes it.
"""

from collections.abc import Iterator
from typing import Any

import orjson
import sqlalchemy as sa

from connectors.sql.statement.fields import Family, Field
from connectors.sql.statement.shape import Shape

Column = sa.ColumnElement[Any]

_SAID: frozenset[Family] = frozenset(
    {"aware", "naive", "date", "clock", "integer", "decimal", "float", "binary", "text", "label", "json"}
)
_ISO, _CLOCK, _WHOLE = "%Y-%m-%dT%H:%i:%s.%f", "%H:%i:%s.%f", ".000000"


def can_say(shape: Shape) -> bool:
    """Whether every column is of a kind that the server can put into words."""
    return all(shape.field(name).family in _SAID for name in shape.names)


def may_be_wrong(shape: Shape) -> bool:
    """Whether a row can come out as no JSON: MariaDB calls more valid than is, and fills numbers up with zeros."""
    return any(shape.field(name).family in ("json", "float") for name in shape.names)


def row(shape: Shape) -> Column:
    """The row as one binary string; NULL where a value grows larger than the server may handle."""
    return sa.func.concat(*_parts(shape))


def _parts(shape: Shape) -> Iterator[Column]:
    # Binary from the start: texts in other collations could not be put together.
    yield sa.cast(sa.literal("{"), sa.BINARY)
    for number, name in enumerate(shape.names):
        yield sa.literal(f"{',' if number else ''}{orjson.dumps(name).decode()}:")
        column = shape.column(name)
        yield sa.case((column.is_(None), sa.literal("null")), else_=_said(shape.field(name), column))
    yield sa.literal("}")


def _said(field: Field, column: Column) -> Column:
    match field.family:
        case "integer":
            # A BIT becomes a number when something is added to it.
            return sa.cast(column.op("+")(sa.literal_column("0")), sa.CHAR)
        case "float":
            return sa.cast(column, sa.CHAR)
        case "decimal" | "date":
            return sa.func.concat('"', sa.cast(column, sa.CHAR), '"')
        case "aware":
            return _moment(column, "+00:00")
        case "naive":
            return _moment(column, "")
        case "clock":
            return sa.func.concat('"', _short(sa.func.time_format(column, _CLOCK)), '"')
        case "binary":
            # Base64 comes in lines of 76 characters here.
            base64 = sa.func.replace(sa.func.to_base64(column), "\n", "")
            return sa.func.concat('{"type":"binary","base64":"', base64, '"}')
        case "json":
            text = _unicode(column)
            flat = sa.func.replace(sa.func.replace(text, "\n", " "), "\r", " ")
            return sa.case((sa.func.json_valid(text) == 1, flat), else_=sa.func.json_quote(text))
    return sa.func.json_quote(_unicode(column))


def _moment(column: Column, zone: str) -> Column:
    """A date with a zero in it is no date anywhere else, and given as it stands."""
    parts = sa.func.year(column) * sa.func.month(column) * sa.func.day(column)
    written = sa.func.concat(_short(sa.func.date_format(column, _ISO)), zone)
    return sa.func.concat('"', sa.case((parts == 0, sa.cast(column, sa.CHAR)), else_=written), '"')


def _short(moment: Column) -> Column:
    return sa.func.replace(moment, _WHOLE, "")


def _unicode(column: Column) -> Column:
    return sa.func.convert(column.op("USING")(sa.literal_column("utf8mb4")))

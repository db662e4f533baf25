"""How rows become lines of JSON: by the server itself where it can say everything, otherwise value by value."""

from collections.abc import Callable, Generator
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.sql.reading import byvalue, mysqljson
from connectors.sql.statement.fields import Field, Named
from connectors.sql.statement.shape import Shape

Column = sa.ColumnElement[Any]
Lines = Generator[bytes, None, None]
Query = Callable[[list[Column]], sa.Select[Any]]
"""Asks for these columns of the rows that are wanted."""


class Unsayable(Exception):
    """A row that the server cannot put into words after all: too large for it, or no JSON to anybody else."""


def lines(connection: Connection, shape: Shape, query: Query) -> Lines:
    """The rows as lines, as they come. Raises Unsayable."""
    if shape.dialect == "postgresql":
        return _by_postgres(connection, query(selected(shape)))
    if shape.dialect in ("mysql", "mariadb") and mysqljson.can_say(shape):
        return _by_mysql(connection, shape, query([mysqljson.row(shape)]))
    return by_value(connection, shape, query)


def by_value(connection: Connection, shape: Shape, query: Query) -> Lines:
    """The rows as lines, as they come, whatever the server can say."""
    fields = [shape.field(name) for name in shape.names]
    with _streamed(connection, query(selected(shape))) as found:
        for row in found:
            yield byvalue.line(fields, row)


def _by_postgres(connection: Connection, query: sa.Select[Any]) -> Lines:
    rows = query.subquery("r")
    text = sa.cast(sa.func.row_to_json(sa.literal_column("r.*")), sa.Text)
    with _streamed(connection, sa.select(text).select_from(rows)) as found:
        for line in found.scalars():
            # A json column keeps its author's line breaks, always between tokens; in a string they are escaped.
            yield line.replace("\n", " ").replace("\r", " ").encode()


def _by_mysql(connection: Connection, shape: Shape, query: sa.Select[Any]) -> Lines:
    doubtful = mysqljson.may_be_wrong(shape)
    with _streamed(connection, query) as found:
        for line in found.scalars():
            if line is None or (doubtful and not _is_json(line)):
                raise Unsayable
            yield line


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _streamed(connection: Connection, query: sa.Select[Any]) -> sa.CursorResult[Any]:
    """Rows as they come: a page of big rows ends long before its last one is fetched."""
    return connection.execute(query, execution_options={"stream_results": True, "max_row_buffer": 2000})


def selected(shape: Shape) -> list[sa.ColumnElement[Any]]:
    """What to ask for each column, so that no digit and no zone is lost on the way."""
    fields = [shape.field(name) for name in shape.names]
    match shape.dialect:
        case "postgresql":
            return [_postgres(shape, field).label(field.name) for field in fields]
        case "oracle" | "mssql":
            return [_told(shape, field) for field in fields]
    return [shape.column(field.name) for field in fields]


def _told(shape: Shape, field: Field) -> sa.ColumnElement[Any]:
    """Times in the server's words: the drivers' have no zone, and fewer digits."""
    column = shape.column(field.name)
    if field.family not in ("naive", "aware"):
        return column
    if shape.dialect == "mssql":
        # 126 is SQL Server's number for ISO 8601.
        return sa.func.convert(sa.literal_column("varchar(40)"), column, sa.literal_column("126")).label(
            field.name
        )
    zone = "TZH:TZM" if field.family == "aware" else ""
    digits = "" if field.type == "DATE" else ".FF"
    form = f"""'YYYY-MM-DD"T"HH24:MI:SS{digits}{zone}'"""
    return sa.func.to_char(column, sa.literal_column(form)).label(field.name)


def _postgres(shape: Shape, field: Field) -> sa.ColumnElement[Any]:
    column = shape.column(field.name)
    # Decimals are texts in a row (`contract.base.Page`); as numbers of JSON they would lose digits.
    if field.family == "decimal" or not field.known:
        return sa.cast(column, sa.Text)
    if field.family == "array" and field.type in ("numeric[]", "money[]"):
        return sa.cast(column, Named("text[]"))
    if field.family == "binary":
        # PostgreSQL breaks base64 into lines.
        encoded = sa.func.translate(sa.func.encode(column, "base64"), "\n", "")
        binary = sa.func.json_build_object("type", "binary", "base64", encoded)
        return sa.case((column.is_(None), None), else_=binary)
    return column

"""A page of rows as JSON lines: by the server where it is PostgreSQL, otherwise value by value."""

import base64
import json
import math
from collections.abc import Generator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.base import Key, Page, SourceMisconfigured, within_page
from connectors.collection import Collection
from connectors.graph import key_of, parsed
from connectors.jsonline import json_line
from connectors.sql import engine, values
from connectors.sql.exact import sorting
from connectors.sql.fields import Field, Named
from connectors.sql.shape import Shape

_LARGEST = 2**63


def page(
    connection: Connection,
    shape: Shape,
    collection: Collection,
    match: sa.ColumnElement[bool],
    cursor: str | None,
    limit: int,
) -> Page:
    """The rows after the cursor, ordered by key. One row too many is asked for, to see if that was all."""
    names = collection.key_columns
    where = [match]
    if cursor is None:
        _refuse_empty_keys(connection, shape, names, match)
    else:
        where.append(values.after(shape, names, _key(cursor)))
    order = [sorting(shape, shape.field(name)) for name in names]
    query = sa.select(*selected(shape)).where(*where).order_by(*order).limit(limit + 1)
    by_server = shape.dialect == "postgresql"
    found = _by_server(connection, query) if by_server else _by_value(connection, shape, query)
    lines, extra = within_page(found, limit)
    if len(lines) < limit:
        engine.drop_rest(connection)
    found.close()
    if cursor is not None and lines and key_of(collection, parsed(lines[0])) == _key(cursor):
        raise SourceMisconfigured("key-not-unique", f"{', '.join(names)} reads as less than it is")
    if extra is None:
        return Page(lines, None)
    last, following = key_of(collection, parsed(lines[-1])), key_of(collection, parsed(extra))
    if last == following or not _pages_on(connection, shape, names, last, following):
        raise SourceMisconfigured("key-not-unique", ", ".join(names))
    return Page(lines, json.dumps(last))


def _pages_on(connection: Connection, shape: Shape, names: Sequence[str], last: Key, following: Key) -> bool:
    """Whether the next page will begin with the row that this one has left over."""
    if not any(shape.field(name).loose for name in names):
        return True
    return bool(connection.scalar(values.follows(shape, names, last, following)))


def _key(cursor: str) -> Key:
    return tuple(json.loads(cursor))  # unlike orjson, for whole numbers of any length


def _refuse_empty_keys(
    connection: Connection, shape: Shape, names: Sequence[str], match: sa.ColumnElement[bool]
) -> None:
    """A row without a key would never come up in the order of keys, and silently be left out."""
    empty = sa.or_(*(shape.column(name).is_(None) for name in names))
    if connection.execute(
        sa.select(sa.literal(1)).select_from(shape.origin).where(match, empty).limit(1)
    ).first():
        raise SourceMisconfigured("key-empty", ", ".join(names))


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
        return sa.func.convert(sa.literal_column("varchar(40)"), column, sa.literal_column("126")).label(
            field.name
        )
    zone = "TZH:TZM" if field.family == "aware" else ""
    digits = "" if field.type == "DATE" else ".FF"
    form = f"""'YYYY-MM-DD"T"HH24:MI:SS{digits}{zone}'"""
    return sa.func.to_char(column, sa.literal_column(form)).label(field.name)


def _postgres(shape: Shape, field: Field) -> sa.ColumnElement[Any]:
    column = shape.column(field.name)
    if field.family == "decimal" or not field.known:
        return sa.cast(column, sa.Text)
    if field.family == "array" and field.type in ("numeric[]", "money[]"):
        return sa.cast(column, Named("text[]"))
    if field.family == "binary":
        encoded = sa.func.translate(sa.func.encode(column, "base64"), "\n", "")
        binary = sa.func.json_build_object("type", "binary", "base64", encoded)
        return sa.case((column.is_(None), None), else_=binary)
    return column


def _by_server(connection: Connection, query: sa.Select[Any]) -> Generator[bytes, None, None]:
    rows = query.subquery("r")
    text = sa.cast(sa.func.row_to_json(sa.literal_column("r.*")), sa.Text)
    with _streamed(connection, sa.select(text).select_from(rows)) as found:
        for line in found.scalars():
            # A json column keeps its author's line breaks, always between tokens; in a string they are escaped.
            yield line.replace("\n", " ").replace("\r", " ").encode()


def _by_value(connection: Connection, shape: Shape, query: sa.Select[Any]) -> Generator[bytes, None, None]:
    fields = [shape.field(name) for name in shape.names]
    with _streamed(connection, query) as found:
        for row in found:
            read = {field.name: _value(field, value) for field, value in zip(fields, row, strict=True)}
            yield json_line(read)


def _streamed(connection: Connection, query: sa.Select[Any]) -> sa.CursorResult[Any]:
    """Rows as they come: a page of big rows ends long before its last one is fetched."""
    return connection.execute(query, execution_options={"stream_results": True, "max_row_buffer": 2000})


def _value(field: Field, value: Any) -> Any:
    """What a driver hands over, as something that JSON can say without losing anything."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _json(value) if field.family == "json" else value
    if isinstance(value, int):
        return value if -_LARGEST <= value < _LARGEST else orjson.Fragment(str(value))
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime) and value.tzinfo is None and field.family == "aware":
        return value.replace(tzinfo=UTC).isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, bytes | bytearray | memoryview):
        if field.family == "integer":  # MySQL's BIT
            return _value(field, int.from_bytes(value))
        return {"type": "binary", "base64": base64.b64encode(value).decode()}
    return _nested(field, value)


def _duration(value: timedelta) -> str:
    """A time of day, or more or less than one: `26:03:04`, `-00:00:01.500000`."""
    seconds, rest = divmod(abs(value), timedelta(seconds=1))
    hours, seconds = divmod(seconds, 3600)
    text = f"{'-' if value < timedelta() else ''}{hours:02}:{seconds // 60:02}:{seconds % 60:02}"
    return f"{text}.{rest.microseconds:06}" if rest else text


def _nested(field: Field, value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _value(field, part) for name, part in value.items()}
    if isinstance(value, list | tuple | set):
        return [_value(field, part) for part in value]
    return format(value, "f") if isinstance(value, Decimal) and value.is_finite() else str(value)


def _json(text: str) -> Any:
    """A JSON document as it stands, digits and all; text that is none stays text."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return orjson.Fragment(text.replace("\n", " ").replace("\r", " "))

"""A page of rows as JSON lines, in the order of their keys."""

import json
from collections.abc import Generator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.contract.base import Key, Page, SourceMisconfigured, within_page
from connectors.description.collection import Collection
from connectors.rows.graph import key_of, parsed
from connectors.sql.reading import rendering
from connectors.sql.statement import engine, values
from connectors.sql.statement.exact import sorting
from connectors.sql.statement.shape import Shape


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
    # Once, before the first page: it takes a question of its own.
    if cursor is None:
        _refuse_empty_keys(connection, shape, names, match)
    else:
        where.append(values.after(shape, names, _key(cursor)))
    order = [sorting(shape, shape.field(name)) for name in names]
    lines, extra = _read(
        connection,
        shape,
        lambda columns: sa.select(*columns).where(*where).order_by(*order).limit(limit + 1),
        limit,
    )
    # The row that the last page ended with comes again: its key has more digits than are read, as times of Trino do.
    if cursor is not None and lines and key_of(collection, parsed(lines[0])) == _key(cursor):
        raise SourceMisconfigured("key-not-unique", f"{', '.join(names)} reads as less than it is")
    if extra is None:
        return Page(lines, None)
    last, following = key_of(collection, parsed(lines[-1])), key_of(collection, parsed(extra))
    # Two rows with one key at the edge of a page: the next page would leave one of them out.
    if last == following or not _pages_on(connection, shape, names, last, following):
        raise SourceMisconfigured("key-not-unique", ", ".join(names))
    return Page(lines, json.dumps(last))


def _read(
    connection: Connection, shape: Shape, query: rendering.Query, limit: int
) -> tuple[list[bytes], bytes | None]:
    try:
        return _taken(connection, rendering.lines(connection, shape, query), limit)
    except rendering.Unsayable:
        return _taken(connection, rendering.by_value(connection, shape, query), limit)


def _taken(
    connection: Connection, found: Generator[bytes, None, None], limit: int
) -> tuple[list[bytes], bytes | None]:
    lines, extra = within_page(found, limit)
    if len(lines) < limit:
        engine.drop_rest(connection)
    found.close()
    return lines, extra


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

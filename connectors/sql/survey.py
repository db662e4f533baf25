"""Looking a database over: how many rows, whether the key is unique, whether searches have an index, a few rows."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.contract.base import SourceDown
from connectors.description.config import SqlCollection, find_collection
from connectors.sql.changing.rehearsal import engine_has_transactions
from connectors.sql.connector import SqlConnector
from connectors.sql.reading import rows
from connectors.sql.statement.engine import transaction
from connectors.sql.statement.shape import shape_of, split_name

_SECONDS = 10.0
_ANY = sa.literal_column("1 = 1", sa.Boolean)  # Oracle has no word for true


def survey(connector: SqlConnector, collection: str) -> tuple[int | None, tuple[str, ...]]:
    """The rows of a table, None where counting takes too long, and hints. Raises SourceError."""
    described = find_collection(connector.source.collection, collection)
    zone = connector.source.time_zone or "UTC"
    networks = connector.source.networks
    with transaction(connector.url, connector.source.timeout, zone, networks=networks) as connection:
        hints = (*_hints(connection, described), *_risks(connection, described)) if described.table else ()
    try:
        with transaction(
            connector.url, min(_SECONDS, connector.source.timeout), zone, networks=networks
        ) as connection:
            origin = shape_of(connection, described).origin
            return connection.scalar(sa.select(sa.func.count()).select_from(origin)), hints
    except SourceDown as down:
        if down.code == "timeout":
            return None, hints
        raise


def _hints(connection: Connection, collection: SqlCollection) -> Iterator[str]:
    unique, leading = _indexes(connection, collection)
    if unique is None:  # a view: its database cannot say
        return
    if not any(columns <= set(collection.key_columns) for columns in unique):
        yield "key-unproven"
    for kind, find in collection.find.items():
        if any(way.columns[0] not in leading for way in find.ways):
            yield f"find-unindexed:{kind}"


def _risks(connection: Connection, collection: SqlCollection) -> Iterator[str]:
    """A MySQL table of an old kind keeps what was changed before something went wrong."""
    if connection.dialect.name not in ("mysql", "mariadb"):
        return
    if engine_has_transactions(connection, collection) is False:
        yield "no-transactions"


def _indexes(
    connection: Connection, collection: SqlCollection
) -> tuple[list[set[str]] | None, frozenset[str]]:
    """Sets of columns that are unique together, and columns that some index begins with."""
    schema, name = split_name(str(collection.table))
    inspector = sa.inspect(connection)
    if name in inspector.get_view_names(schema=schema):
        return None, frozenset()
    key = inspector.get_pk_constraint(name, schema=schema)["constrained_columns"]
    constraints = [one["column_names"] for one in inspector.get_unique_constraints(name, schema=schema)]
    indexes: list[Any] = list(inspector.get_indexes(name, schema=schema))
    ordered = [key, *constraints, *(_plain(one["column_names"]) for one in indexes)]
    uniques = [key, *constraints, *(_plain(one["column_names"]) for one in indexes if one["unique"])]
    return [set(one) for one in uniques if one], frozenset(one[0] for one in ordered if one)


def _plain(columns: list[str | None]) -> list[str]:
    """The columns of an index up to the first expression; an index with one is not unique in its columns."""
    return [] if None in columns[:1] else [str(one) for one in columns if one is not None]


def sample(connector: SqlConnector, collection: str, limit: int) -> list[bytes]:
    """The first rows in key order, rendered as they are when gathered. Raises SourceError."""
    described = find_collection(connector.source.collection, collection)
    zone, networks = connector.source.time_zone or "UTC", connector.source.networks
    with transaction(
        connector.url, min(_SECONDS, connector.source.timeout), zone, networks=networks
    ) as connection:
        shape = shape_of(connection, described)
        return rows.page(connection, shape, described, _ANY, None, limit).lines

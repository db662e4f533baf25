"""What erasing would do, found out without leaving a trace: deleting is counted, anonymising is done and taken back.

Only the database knows all its rules: indexes over several columns or an expression, checks, triggers, what lies
behind a view. What can be told of the columns beforehand is told with the column's name, and before any row is locked.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.contract.base import SourceMisconfigured
from connectors.description.config import SqlCollection
from connectors.description.parts import Strategy
from connectors.sql.changing import changes
from connectors.sql.statement import values
from connectors.sql.statement.faults import translated
from connectors.sql.statement.shape import Shape, split_name

IN_THE_WAY = "constraint"

_ENGINE = sa.text(
    """select e.transactions from information_schema.tables t join information_schema.engines e on e.engine = t.engine
    where t.table_schema = coalesce(:schema, database()) and t.table_name = :name"""
)
# Another kind of server behind a foreign table may keep what is taken back here, also where a view hides it.
_ALL_OURS = sa.text(
    """select not exists (select 1 from pg_catalog.pg_foreign_table t
    join pg_catalog.pg_foreign_server s on s.oid = t.ftserver
    join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw where w.fdwname <> 'postgres_fdw')"""
)


def engine_has_transactions(connection: Connection, collection: SqlCollection) -> bool | None:
    """Whether a MySQL or MariaDB table can be taken back; None for a view, which does not say."""
    schema, name = split_name(str(collection.table))
    said = connection.scalar(_ENGINE, {"schema": schema, "name": name})
    return None if said is None else said == "YES"


def would_hit(
    connection: Connection,
    shape: Shape,
    collection: SqlCollection,
    rows: sa.ColumnElement[bool],
    hash_key: bytes,
) -> int:
    """How many rows `erase` would hit. Raises SourceMisconfigured where it could not.

    Anonymises them where the database can take that back, for the caller to roll back.
    """
    if collection.on_erase == "anonymise":
        refuse_impossible(connection, collection)
        _refuse_unfitting(shape, collection)
    left = changes.still_there(shape, collection, rows)
    hit = changes.count(connection, shape, left)
    if hit and collection.on_erase == "anonymise" and _can_take_back(connection, collection):
        _try_out(connection, shape, collection, rows, hash_key)
    return hit


def _try_out(
    connection: Connection,
    shape: Shape,
    collection: SqlCollection,
    rows: sa.ColumnElement[bool],
    hash_key: bytes,
) -> None:
    try:
        with translated():
            changes.erase(connection, shape, collection, rows, hash_key)
            if shape.dialect in ("postgresql", "oracle"):  # what is else looked at when all is kept
                connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
            kept = changes.count(connection, shape, changes.still_there(shape, collection, rows))
    except SourceMisconfigured as error:
        # Rows that refer to these may be gone by the time it is done.
        if error.code != IN_THE_WAY:
            raise
        return
    if kept:
        raise SourceMisconfigured("not-kept", str(collection.table))


def _refuse_unfitting(shape: Shape, collection: SqlCollection) -> None:
    """A database says of a text in a column of numbers that it is wrong, but not where."""
    for name, way in collection.anonymise.items():
        if isinstance(way.constant, str) and not values.fits(shape, shape.field(name), way.constant):
            raise SourceMisconfigured("value", f"{collection.table}.{name}")


def _can_take_back(connection: Connection, collection: SqlCollection) -> bool:
    match connection.dialect.name:
        case "postgresql":
            return bool(connection.scalar(_ALL_OURS))
        case "mysql" | "mariadb":
            return engine_has_transactions(connection, collection) is True
    return connection.dialect.name in ("sqlite", "oracle", "mssql")


def refuse_impossible(connection: Connection, collection: SqlCollection) -> None:
    """Raises SourceMisconfigured for the first column that cannot take what anonymising writes into it."""
    schema, table = split_name(str(collection.table))
    inspector = sa.inspect(connection)
    columns = {one["name"]: one for one in inspector.get_columns(table, schema=schema)}
    indexes: list[Any] = [*inspector.get_unique_constraints(table, schema=schema)]
    indexes += [one for one in inspector.get_indexes(table, schema=schema) if one["unique"]]
    unique = {one["column_names"][0] for one in indexes if len(one["column_names"]) == 1}
    for name, way in collection.anonymise.items():
        if name in columns and (problem := _impossible(way, columns[name], name in unique)):
            raise SourceMisconfigured(problem, f"{collection.table}.{name}")


def _impossible(way: Strategy, column: Mapping[str, Any], unique: bool) -> str | None:
    if "computed" in column:
        return "generated"
    if way.kind == "null" or (way.constant is None and way.kind == "constant"):
        return None if column["nullable"] else "not-null"
    if way.kind == "constant" and unique:
        return "unique"
    is_text = isinstance(column["type"], sa.String) and not isinstance(column["type"], sa.Enum)
    if way.kind == "keyed-hash" and not is_text:
        return "not-text"
    needed = changes.HASHED if way.kind == "keyed-hash" else str(way.constant)
    room = column["type"].length if is_text else None
    return "too-short" if room is not None and len(needed) > room else None

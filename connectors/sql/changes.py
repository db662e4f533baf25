"""Changing rows: erased, anonymised, or given other values, many in one statement."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.base import Key, Scalar, SourceMisconfigured
from connectors.config import SqlCollection
from connectors.parts import Strategy
from connectors.sql import values
from connectors.sql.shape import Shape, split_name

_MARK = "anon-"
_HASHED = len(_MARK) + 32


def count(connection: Connection, shape: Shape, match: sa.ColumnElement[bool]) -> int:
    """How many rows match."""
    query = sa.select(sa.func.count()).select_from(shape.origin).where(match)
    return int(connection.execute(query).scalar_one())


def keyed(shape: Shape, collection: SqlCollection, keys: Sequence[Key]) -> sa.ColumnElement[bool]:
    """The condition that a row has one of these keys."""
    return values.with_keys(shape, collection.key_columns, keys)


def still_there(shape: Shape, collection: SqlCollection, keys: Sequence[Key]) -> sa.ColumnElement[bool]:
    """The condition that a row has one of these keys and is not anonymised."""
    rows = keyed(shape, collection, keys)
    if collection.on_erase != "anonymise":
        return rows
    return sa.and_(rows, sa.or_(*(_open(shape, name, way) for name, way in collection.anonymise.items())))


def would_hit(connection: Connection, shape: Shape, collection: SqlCollection, keys: Sequence[Key]) -> int:
    """How many rows `erase` would hit. Raises SourceMisconfigured where it could not."""
    if collection.on_erase == "anonymise":
        refuse_impossible(connection, collection)
    match = still_there(shape, collection, keys)
    return int(
        connection.execute(sa.select(sa.func.count()).select_from(shape.origin).where(match)).scalar_one()
    )


def erase(
    connection: Connection, shape: Shape, collection: SqlCollection, keys: Sequence[Key], hash_key: bytes
) -> int:
    """Deletes or anonymises; returns how many rows were hit, 0 for those done before."""
    if collection.on_erase == "delete":
        return connection.execute(sa.delete(_table(shape)).where(keyed(shape, collection, keys))).rowcount
    match = still_there(shape, collection, keys)
    hashed = [name for name, way in collection.anonymise.items() if way.kind == "keyed-hash"]
    hit = int(
        connection.execute(sa.select(sa.func.count()).select_from(shape.origin).where(match)).scalar_one()
    )
    if hashed:
        _hash(connection, shape, collection, match, hashed, hash_key)
    fixed = {name: way.constant for name, way in collection.anonymise.items() if way.kind != "keyed-hash"}
    if fixed:
        write(connection, shape, keyed(shape, collection, keys), fixed)
    return hit


def write(
    connection: Connection, shape: Shape, match: sa.ColumnElement[bool], wanted: Mapping[str, Scalar]
) -> int:
    """Writes the values into all matching rows; returns how many rows now have them."""
    bound = {name: values.bound(shape, shape.field(name), value) for name, value in wanted.items()}
    return connection.execute(sa.update(_table(shape)).where(match).values(bound)).rowcount


def differing(
    shape: Shape, match: sa.ColumnElement[bool], wanted: Mapping[str, Scalar]
) -> sa.ColumnElement[bool]:
    """The condition that a matching row does not have all of these values."""
    return sa.and_(match, sa.or_(*(_differs(shape, name, value) for name, value in wanted.items())))


def refuse_impossible(connection: Connection, collection: SqlCollection) -> None:
    """Raises SourceMisconfigured for the first column that cannot take what anonymising writes into it."""
    schema, table = split_name(collection.table or "")
    inspector = sa.inspect(connection)
    columns = {one["name"]: one for one in inspector.get_columns(table, schema=schema)}
    indexes: list[Any] = [*inspector.get_unique_constraints(table, schema=schema)]
    indexes += [one for one in inspector.get_indexes(table, schema=schema) if one["unique"]]
    unique = {one["column_names"][0] for one in indexes if len(one["column_names"]) == 1}
    for name, way in collection.anonymise.items():
        if name in columns and (problem := _impossible(way, columns[name], name in unique)):
            raise SourceMisconfigured(problem, f"{collection.table}.{name}")


def _impossible(way: Strategy, column: Mapping[str, Any], unique: bool) -> str | None:
    if way.kind == "null" or (way.constant is None and way.kind == "constant"):
        return None if column["nullable"] else "not-null"
    if way.kind == "constant":
        return "unique" if unique else None
    if not isinstance(column["type"], sa.String):
        return "not-text"
    length = column["type"].length
    return "too-short" if length is not None and length < _HASHED else None


def _hash(
    connection: Connection,
    shape: Shape,
    collection: SqlCollection,
    match: sa.ColumnElement[bool],
    names: Sequence[str],
    hash_key: bytes,
) -> None:
    keys = [shape.column(name) for name in collection.key_columns]
    columns = [shape.column(name) for name in names]
    found = connection.execute(sa.select(*keys, *columns).where(match).with_for_update()).all()
    table = _table(shape)
    same = [key == sa.bindparam(f"key{index}") for index, key in enumerate(keys)]
    update = (
        sa.update(table)
        .where(*same)
        .values({name: sa.bindparam(f"new{index}") for index, name in enumerate(names)})
    )
    if found:
        connection.execute(update, [_parameters(row, len(keys), hash_key) for row in found])


def _parameters(row: Sequence[Any], keys: int, hash_key: bytes) -> dict[str, Any]:
    return {f"key{index}": value for index, value in enumerate(row[:keys])} | {
        f"new{index}": _hashed(value, hash_key) for index, value in enumerate(row[keys:])
    }


def _hashed(value: Any, hash_key: bytes) -> str | None:
    """What replaces the value. Something already replaced stays, or a second run would change it again."""
    if value is None or str(value).startswith(_MARK):
        return value  # type: ignore[no-any-return]
    return _MARK + hmac.new(hash_key, str(value).encode(), hashlib.sha256).hexdigest()[:32]


def _open(shape: Shape, name: str, way: Strategy) -> sa.ColumnElement[bool]:
    """The condition that a column still holds what anonymising takes away."""
    if way.kind == "keyed-hash":
        column = shape.column(name)
        return sa.and_(column.is_not(None), column.not_like(_MARK + "%"))
    return _differs(shape, name, way.constant)


def _differs(shape: Shape, name: str, value: Scalar) -> sa.ColumnElement[bool]:
    if value is None:
        return shape.column(name).is_not(None)
    return shape.column(name).is_distinct_from(values.bound(shape, shape.field(name), value))


def _table(shape: Shape) -> sa.TableClause:
    if not isinstance(shape.origin, sa.TableClause):
        raise SourceMisconfigured("not-a-table", "a `query` can only be read")
    return shape.origin

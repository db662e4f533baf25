"""Changing rows: erased, anonymised, or given other values, many in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.contract.anonymous import DIGITS, MARK, hashed
from connectors.contract.base import Key, Scalar, SourceMisconfigured
from connectors.description.config import SqlCollection
from connectors.description.parts import Strategy
from connectors.sql.statement import exact, values
from connectors.sql.statement.shape import Shape

# Those that can hold rows they were asked for; SQLite holds its whole file.
LOCKING = frozenset({"postgresql", "mysql", "mariadb", "oracle"})
HASHED = MARK + "_" * DIGITS  # in LIKE, where an underscore stands for any character


def count(connection: Connection, shape: Shape, match: sa.ColumnElement[bool]) -> int:
    """How many rows match."""
    query = sa.select(sa.func.count()).select_from(shape.origin).where(match)
    return int(connection.execute(query).scalar_one())


def keyed(shape: Shape, collection: SqlCollection, keys: Sequence[Key]) -> sa.ColumnElement[bool]:
    """The condition that a row has one of these keys."""
    return values.with_keys(shape, collection.key_columns, keys)


def owned(
    shape: Shape, rows: sa.ColumnElement[bool], found: sa.ColumnElement[bool] | None
) -> sa.ColumnElement[bool]:
    """The condition that one of these rows is still found as `found` says."""
    if found is None:
        return sa.literal_column("1 = 0", sa.Boolean)  # Oracle has no word for false
    # No index serves `is true`: the keys do, or every page would go through all the rows of the person.
    return sa.and_(rows, found.is_(sa.true()) if shape.dialect == "postgresql" else found)


def still_there(
    shape: Shape, collection: SqlCollection, rows: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    """The condition that one of these rows is there and not anonymised."""
    if collection.on_erase != "anonymise":
        return rows
    return sa.and_(rows, sa.or_(*(_open(shape, name, way) for name, way in collection.anonymise.items())))


def erase(
    connection: Connection,
    shape: Shape,
    collection: SqlCollection,
    rows: sa.ColumnElement[bool],
    hash_key: bytes,
) -> int:
    """Deletes or anonymises; returns how many rows were hit, 0 for those done before."""
    if collection.on_erase == "delete":
        return connection.execute(sa.delete(_table(shape)).where(rows)).rowcount
    match = still_there(shape, collection, rows)
    fixed = {name: way.constant for name, way in collection.anonymise.items() if way.kind != "keyed-hash"}
    hashed = [name for name, way in collection.anonymise.items() if way.kind == "keyed-hash"]
    # In one statement a row: what finds a row may be what anonymising takes away.
    if hashed:
        return _hash(connection, shape, collection, match, hashed, fixed, hash_key)
    return write(connection, shape, match, fixed)


def write(
    connection: Connection, shape: Shape, match: sa.ColumnElement[bool], wanted: Mapping[str, Scalar]
) -> int:
    """Writes the values into all matching rows; returns how many rows now have them."""
    return connection.execute(sa.update(_table(shape)).where(match).values(_bound(shape, wanted))).rowcount


def differing(
    shape: Shape, match: sa.ColumnElement[bool], wanted: Mapping[str, Scalar]
) -> sa.ColumnElement[bool]:
    """The condition that a matching row does not have all of these values."""
    return sa.and_(match, sa.or_(*(_differs(shape, name, value) for name, value in wanted.items())))


def _hash(
    connection: Connection,
    shape: Shape,
    collection: SqlCollection,
    match: sa.ColumnElement[bool],
    names: Sequence[str],
    fixed: Mapping[str, Scalar],
    hash_key: bytes,
) -> int:
    keys = [shape.column(name) for name in collection.key_columns]
    columns = [shape.column(name) for name in names]
    asked = sa.select(*keys, *columns).where(match)
    # A row that changed between the two statements would be given the hash of a value it no longer has.
    if shape.dialect in LOCKING:
        asked = asked.with_for_update()
    found = connection.execute(asked).all()
    same = [key == sa.bindparam(f"key{index}") for index, key in enumerate(keys)]
    same += _exactly_too(shape, collection.key_columns)
    new: dict[str, Any] = {name: sa.bindparam(f"new{index}") for index, name in enumerate(names)}
    update = sa.update(_table(shape)).where(*same).values(new | _bound(shape, fixed))
    if found:
        connection.execute(update, [_parameters(row, len(keys), hash_key) for row in found])
    return len(found)


def _exactly_too(shape: Shape, names: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    """The keys again where the collation would let a look-alike be changed as well."""
    fields = {index: shape.field(name) for index, name in enumerate(names)}
    return [
        exact.exactly(shape, field, shape.column(field.name))
        == exact.exactly(shape, field, sa.bindparam(f"key{index}", type_=sa.String))
        for index, field in fields.items()
        if field.loose
    ]


def _bound(shape: Shape, wanted: Mapping[str, Scalar]) -> dict[str, sa.ColumnElement[Any]]:
    return {name: values.bound(shape, shape.field(name), value) for name, value in wanted.items()}


def _parameters(row: Sequence[Any], keys: int, hash_key: bytes) -> dict[str, Any]:
    return {f"key{index}": value for index, value in enumerate(row[:keys])} | {
        f"new{index}": None if value is None else hashed(str(value), hash_key)
        for index, value in enumerate(row[keys:])
    }


def _open(shape: Shape, name: str, way: Strategy) -> sa.ColumnElement[bool]:
    """The condition that a column still holds what anonymising takes away."""
    if way.kind == "keyed-hash":
        column = shape.column(name)
        return sa.and_(column.is_not(None), column.not_like(HASHED))
    return _differs(shape, name, way.constant)


def _differs(shape: Shape, name: str, value: Scalar) -> sa.ColumnElement[bool]:
    if value is None:
        return shape.column(name).is_not(None)
    field, column = shape.field(name), shape.column(name)
    if not field.loose:
        return column.is_distinct_from(values.bound(shape, field, value))
    there = exact.exactly(shape, field, column)
    return there.is_distinct_from(sa.literal(exact.written(shape, field, value)))


def _table(shape: Shape) -> sa.TableClause:
    if not isinstance(shape.origin, sa.TableClause):
        raise SourceMisconfigured("not-a-table", "a `query` can only be read")
    return shape.origin

"""What a table, view or query looks like, asked each time so that a new column is never missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine, UserDefinedType

from connectors.base import SourceMisconfigured
from connectors.config import SqlCollection

Family = Literal["aware", "naive", "date", "integer", "decimal", "binary", "text", "json", "array", "other"]


class Named(UserDefinedType[Any]):
    """A type by the name the server itself gives it."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


@dataclass(frozen=True)
class Field:
    """A column: its name, the server's name for its type, and what kind of values those are."""

    name: str
    type: str
    family: Family
    known: bool = True


@dataclass(frozen=True)
class Shape:
    """A thing to select from, with all its columns, and the names of those that make a row for the desk."""

    origin: sa.FromClause
    fields: tuple[Field, ...]
    names: tuple[str, ...]
    dialect: str

    def field(self, name: str) -> Field:
        """The column of that name. Raises SourceMisconfigured."""
        for one in self.fields:
            if one.name == name:
                return one
        raise SourceMisconfigured("no-column", name)

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """The column in SQL. Raises SourceMisconfigured."""
        self.field(name)
        return self.origin.c[name]


def shape_of(connection: Connection, collection: SqlCollection) -> Shape:
    """Asks the database. Raises SourceMisconfigured where the configuration names what is not there."""
    dialect = connection.dialect.name
    fields = (
        _postgres(connection, collection) if dialect == "postgresql" else _reflected(connection, collection)
    )
    names = [one.name for one in fields]
    shape = Shape(_origin(collection, names), tuple(fields), collection.columns or tuple(names), dialect)
    searched = (name for find in collection.find.values() for name in find.columns)
    for name in (*(name for _, name in collection.named_columns()), *collection.columns, *searched):
        shape.field(name)
    return shape


def split_name(table: str) -> tuple[str | None, str]:
    """`schema.table` in its parts."""
    schema, _, name = table.rpartition(".")
    return schema or None, name


def _origin(collection: SqlCollection, names: Sequence[str]) -> sa.FromClause:
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in names]
    if collection.table is not None:
        schema, name = split_name(collection.table)
        return sa.table(name, *columns, schema=schema)
    return _query(collection).columns(*columns).subquery("source")


def _query(collection: SqlCollection) -> sa.TextClause:
    return sa.text((collection.query or "").replace(":", r"\:"))


def _postgres(connection: Connection, collection: SqlCollection) -> list[Field]:
    probe = sa.select(sa.text("*")).select_from(_unseen(collection)).limit(0)
    described: Sequence[Any] = connection.execute(probe).cursor.description
    oids = [int(one[1]) for one in described]
    types = sa.text(
        "select oid::bigint, format_type(oid, -1), typname, typtype, typcategory"
        " from pg_type where oid::bigint = any(cast(:oids as bigint[]))"
    )
    known = {row[0]: row for row in connection.execute(types, {"oids": oids})}
    return [_postgres_field(str(one[0]), *known[oid][1:]) for one, oid in zip(described, oids, strict=True)]


def _unseen(collection: SqlCollection) -> sa.FromClause:
    if collection.table is not None:
        return _origin(collection, [])
    return _query(collection).columns().subquery("source")


_POSTGRES: dict[str, Family] = {
    "timestamptz": "aware", "timestamp": "naive", "date": "date", "int2": "integer", "int4": "integer",
    "int8": "integer", "numeric": "decimal", "money": "decimal", "bytea": "binary", "json": "json",
    "jsonb": "json",
}  # fmt: skip
# Types with a JSON form of their own or a text form that says everything: what is not here is reported.
_POSTGRES_PLAIN = frozenset("ABDEINRSTVGCZ")


def _postgres_field(name: str, shown: str, type_name: str, type_kind: str, category: str) -> Field:
    if category == "A":
        return Field(name, shown, "array")
    family = _POSTGRES.get(type_name) or ("text" if category in "SE" else "other")
    known = family != "other" or category in _POSTGRES_PLAIN or type_name in ("uuid", "xml", "tsvector") \
        or type_kind in "ecrm"  # fmt: skip
    return Field(name, shown, family, known)


def _reflected(connection: Connection, collection: SqlCollection) -> list[Field]:
    if collection.table is None:
        probe = sa.select(sa.text("*")).select_from(_unseen(collection)).where(sa.text("1 = 0"))
        return [Field(str(name), "", "other") for name in connection.execute(probe).keys()]  # noqa: SIM118
    schema, name = split_name(collection.table)
    columns = sa.inspect(connection).get_columns(name, schema=schema)
    return [_reflected_field(one["name"], one["type"]) for one in columns]


def _reflected_field(name: str, type_: TypeEngine[Any]) -> Field:
    shown = "unknown" if isinstance(type_, sa.types.NullType) else str(type_)
    return Field(name, shown, _family(type_), not isinstance(type_, sa.types.NullType))


def _family(type_: TypeEngine[Any]) -> Family:
    # The session speaks UTC, in which MySQL then writes its TIMESTAMP: an instant, not a local time.
    if isinstance(type_, mysql.TIMESTAMP):
        return "aware"
    if isinstance(type_, sa.DateTime):
        return "aware" if type_.timezone else "naive"
    families: tuple[tuple[type[TypeEngine[Any]], Family], ...] = (
        (sa.Date, "date"), (sa.Integer, "integer"), (sa.Float, "other"), (sa.Numeric, "decimal"),
        (sa.types._Binary, "binary"), (sa.JSON, "json"), (sa.ARRAY, "array"), (sa.String, "text"),
    )  # fmt: skip
    return next((family for kind, family in families if isinstance(type_, kind)), "other")

"""What a table, view or query looks like, asked each time so that a new column is never missed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.contract.base import SourceMisconfigured
from connectors.description.config import SqlCollection
from connectors.sql.statement.faults import translated
from connectors.sql.statement.fields import Family, Field, described, reflected


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


_PART = re.compile(r'"([^"]+)"|([^."]+)')


def shape_of(connection: Connection, collection: SqlCollection) -> Shape:
    """Asks the database. Raises SourceMisconfigured where the configuration names what is not there."""
    dialect, fields = connection.dialect.name, _fields(connection, collection)
    names = [one.name for one in fields]
    for name in names:
        if names.count(name) > 1:
            raise SourceMisconfigured("column-twice", name)
    shape = Shape(_origin(collection, names), tuple(fields), collection.columns or tuple(names), dialect)
    searched = (name for find in collection.find.values() for name in find.columns)
    for name in (*(name for _, name in collection.named_columns()), *collection.columns, *searched):
        shape.field(name)
    return shape


def _fields(connection: Connection, collection: SqlCollection) -> list[Field]:
    asked = _postgres if connection.dialect.name == "postgresql" else _reflected
    try:
        with translated():
            return asked(connection, collection)
    except SourceMisconfigured as error:
        if error.code == "no-table" and collection.table is not None:
            raise SourceMisconfigured("no-table", collection.table) from None
        raise


def split_name(table: str) -> tuple[str | None, str]:
    """`schema.table` in its parts, each of which may stand in quotes."""
    *schema, name = [quoted or plain for quoted, plain in _PART.findall(table)]
    return ".".join(schema) or None, name


def _origin(collection: SqlCollection, names: Sequence[str]) -> sa.FromClause:
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in names]
    if collection.table is not None:
        schema, name = split_name(collection.table)
        return sa.table(name, *columns, schema=schema)
    return _query(collection).columns(*columns).subquery("source")


def _query(collection: SqlCollection) -> sa.TextClause:
    # A colon in a query is a cast or a time, and never a parameter of ours.
    return sa.text((collection.query or "").replace(":", r"\:"))


# Loose: by a collation that is not deterministic, or in a column that a query makes, of whose collation nobody tells.
_POSTGRES_COLUMNS = sa.text(
    """select format_type(t.oid, -1), t.typname, t.typtype, t.typcategory,
    t.typcollation <> 0 and t.typname <> 'bpchar' and (d.origin = 0 or not coalesce(c.collisdeterministic, true))
    from unnest(cast(:types as bigint[]), cast(:origins as bigint[]), cast(:numbers as int[]))
      with ordinality as d (type, origin, number, place)
    join pg_catalog.pg_type t on t.oid = d.type::oid
    left join pg_catalog.pg_attribute a on a.attrelid = d.origin::oid and a.attnum = d.number
    left join pg_catalog.pg_collation c on c.oid = a.attcollation order by d.place"""
)


def _postgres(connection: Connection, collection: SqlCollection) -> list[Field]:
    cursor: Any = _probed(connection, collection)
    result, places = cursor.pgresult, range(len(cursor.description))
    asked = {
        "types": [int(one[1]) for one in cursor.description],
        "origins": [result.ftable(place) for place in places],
        "numbers": [result.ftablecol(place) for place in places],
    }
    known = connection.execute(_POSTGRES_COLUMNS, asked).all()
    fields = [_postgres_field(str(one[0]), *row) for one, row in zip(cursor.description, known, strict=True)]
    deep = {type_ for type_, row in zip(asked["types"], known, strict=True) if row.typcategory in ("A", "C")}
    odd = _unsayable(connection, deep) if deep else set()
    return [
        replace(field, known=field.known and (type_ not in odd or field.type in _PLAIN_ARRAYS))
        for field, type_ in zip(fields, asked["types"], strict=True)
    ]


def _probed(connection: Connection, collection: SqlCollection) -> Any:
    """The driver's cursor after asking for every column and no row."""
    asked = sa.select(sa.text("*")).select_from(_unseen(collection)).where(sa.text("1 = 0"))
    return connection.execute(asked).cursor


def _unseen(collection: SqlCollection) -> sa.FromClause:
    if collection.table is not None:
        return _origin(collection, [])
    return _query(collection).columns().subquery("source")


_POSTGRES: dict[str, Family] = {
    "timestamptz": "aware", "timestamp": "naive", "date": "date", "int2": "integer", "int4": "integer",
    "int8": "integer", "numeric": "decimal", "money": "decimal", "bytea": "binary", "json": "json",
    "jsonb": "json", "float4": "float", "float8": "float",
}  # fmt: skip
# Types with a JSON form of their own or a text form that says everything: what is not here is reported.
_POSTGRES_PLAIN = frozenset("ABDEINRSTVGCZ")


def _postgres_field(
    name: str, shown: str, type_name: str, type_kind: str, category: str, loose: bool
) -> Field:
    if category == "A":
        return Field(name, shown, "array")
    family = _POSTGRES.get(type_name) or ("text" if category in "SE" else "other")
    known = family != "other" or category in _POSTGRES_PLAIN or type_name in ("uuid", "xml", "tsvector") \
        or type_kind in "ecrm"  # fmt: skip
    return Field(name, shown, family, known, loose or type_name == "citext")


_POSTGRES_PARTS = sa.text(
    """with recursive inside (whole, type) as (
      select t, t::oid from unnest(cast(:types as bigint[])) t union
      select i.whole, part.type from inside i join pg_catalog.pg_type t on t.oid = i.type cross join lateral (
        select t.typbasetype where t.typtype = 'd' union all
        select t.typelem where t.typcategory = 'A' union all
        select a.atttypid from pg_catalog.pg_attribute a
          where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) part (type))
    select i.whole, t.typname, t.typtype, t.typcategory from inside i join pg_catalog.pg_type t on t.oid = i.type
    where t.typtype not in ('c', 'd') and t.typcategory <> 'A'"""
)
_PLAIN_ARRAYS = frozenset({"numeric[]", "money[]"})  # rendered digit by digit


def _unsayable(connection: Connection, types: set[int]) -> set[int]:
    """Arrays and row types in whose JSON decimals would be numbers, binaries plain text, or more be lost unsaid."""
    parts = connection.execute(_POSTGRES_PARTS, {"types": list(types)}).all()
    inner = ((one.whole, _postgres_field("", "", one[1], one[2], one[3], False)) for one in parts)
    return {whole for whole, field in inner if field.family in ("decimal", "binary") or not field.known}


def _reflected(connection: Connection, collection: SqlCollection) -> list[Field]:
    """Columns as declared, and then those of which the declaration is not understood: none is left out."""
    fields = _declared(connection, collection) if collection.table is not None else []
    names = {one.name for one in fields}
    return [*fields, *(one for one in _queried(connection, collection) if one.name not in names)]


def _declared(connection: Connection, collection: SqlCollection) -> list[Field]:
    schema, name = split_name(str(collection.table))
    dialect: Any = connection.dialect
    columns = sa.inspect(connection).get_columns(name, schema=schema)
    fields = [reflected(one["name"], one["type"], dialect.name) for one in columns]
    return _with_json(connection, schema, name, fields) if getattr(dialect, "is_mariadb", False) else fields


_CHECKS = sa.text(
    """select lower(check_clause) from information_schema.check_constraints
    where constraint_schema = coalesce(:schema, database()) and table_name = :name"""
)


def _with_json(connection: Connection, schema: str | None, name: str, fields: list[Field]) -> list[Field]:
    """In MariaDB JSON is another name for a text that is checked to be some."""
    checks = set(connection.scalars(_CHECKS, {"schema": schema, "name": name}))
    return [
        replace(one, type="JSON", family="json", loose=False)
        if f"json_valid(`{one.name.lower()}`)" in checks else one
        for one in fields
    ]  # fmt: skip


def _queried(connection: Connection, collection: SqlCollection) -> list[Field]:
    cursor, dialect = _probed(connection, collection), connection.dialect
    packets = getattr(getattr(cursor, "_result", None), "fields", None) or [None] * len(cursor.description)
    return [
        described(_named(dialect, one[0]), one[1], dialect.name, packet)
        for one, packet in zip(cursor.description, packets, strict=True)
    ]


def _named(dialect: Any, name: str) -> str:
    return str(dialect.normalize_name(name) if dialect.requires_name_normalize else name)

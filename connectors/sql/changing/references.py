"""Whether erasing rows would tell of others that are still there: of rows that refer to them, or by a trigger.

What a secret order keeps stays at the source while everybody believes that it went. A row that it refers to cannot be
erased then, or takes it along. So that nobody can tell an order by that, such a row is erased in nobody's case: what
counts is how the tables are made, never what is in them.
"""

import re
from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Inspector
from sqlalchemy.engine.interfaces import ReflectedForeignKeyConstraint as ForeignKey
from sqlalchemy.exc import NoSuchTableError

from connectors.contract.base import SourceMisconfigured
from connectors.description.config import SqlCollection
from connectors.sql.statement.shape import split_name

Table = tuple[str, str]  # its schema and its name

# Other databases are not asked for triggers: docs/connectors.md says so.
_TRIGGERS = {
    "postgresql": """select t.tgname from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = :schema and c.relname = :name
        and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & 8 = 8 order by 1""",
    "mysql": """select trigger_name from information_schema.triggers where event_manipulation = 'DELETE'
        and event_object_schema = :schema and event_object_table = :name order by 1""",
    "sqlite": """select name from sqlite_master where type = 'trigger' and lower(tbl_name) = lower(:name)
        and lower(sql) like '%delete%on%' and :schema is not null order by 1""",
}


def refuse_revealing(
    connection: Connection, collection: SqlCollection, guarded: Sequence[SqlCollection]
) -> None:
    """Raises SourceMisconfigured where erasing could be refused, or take more, because of rows of `guarded`."""
    catalog = sa.inspect(connection)
    kept = {table for one in guarded for table in _tables(catalog, one)}
    # Those that lie in another database cannot refer to rows of this one.
    if not kept:
        return
    own = _tables(catalog, collection)
    for child, parent, key in _references(catalog, kept):
        if parent in own and _is_in_the_way(collection, key):
            columns = ", ".join(key["constrained_columns"])
            raise SourceMisconfigured("guarded-reference", f"{child[1]} ({columns}) refers to {parent[1]}")
    for trigger in _triggers(connection, own) if collection.on_erase == "delete" else ():
        raise SourceMisconfigured("guarded-trigger", trigger)


def _is_in_the_way(collection: SqlCollection, key: ForeignKey) -> bool:
    return collection.on_erase == "delete" or bool(collection.anonymise.keys() & set(key["referred_columns"]))


def _references(catalog: Inspector, kept: Collection[Table]) -> Iterator[tuple[Table, Table, ForeignKey]]:
    """Every foreign key from these tables, and from those they refer to in turn."""
    waiting, seen = sorted(kept), set(kept)
    while waiting:
        child = waiting.pop()
        for key in _foreign_keys(catalog, child):
            for parent in _parents(catalog, child, key):
                yield child, parent, key
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)


def _foreign_keys(catalog: Inspector, table: Table) -> list[ForeignKey]:
    try:
        return catalog.get_foreign_keys(table[1], schema=table[0])
    # A view has none, and some databases do not know what they are.
    except (NoSuchTableError, NotImplementedError):
        return []


def _parents(catalog: Inspector, child: Table, key: ForeignKey) -> set[Table]:
    """Where no schema is told it is the usual one, or the child's, as the database likes."""
    schemas = (key["referred_schema"],) if key["referred_schema"] else (_usual(catalog), child[0])
    return {(schema, key["referred_table"]) for schema in schemas}


def _usual(catalog: Inspector) -> str:
    return catalog.default_schema_name or ""


def _tables(catalog: Inspector, one: SqlCollection) -> set[Table]:
    """The tables that rows of a collection lie in, with the views on the way; none where it is of another database."""
    if one.table is None:
        waiting = _mentioned(catalog, one.query or "", {_usual(catalog)})
    else:
        schema, name = split_name(one.table)
        waiting = {(schema or _usual(catalog), name)} if catalog.has_table(name, schema=schema) else set()
    found: set[Table] = set()
    while waiting:
        found |= waiting
        waiting = set().union(*(_behind(catalog, table) for table in waiting)) - found
    return found


def _behind(catalog: Inspector, table: Table) -> set[Table]:
    """What lies behind a view: nothing behind a table."""
    schema, name = table
    if name not in _views(catalog, schema):
        return set()
    return _mentioned(catalog, catalog.get_view_definition(name, schema=schema), {_usual(catalog), schema})


def _mentioned(catalog: Inspector, query: str, schemas: set[str]) -> set[Table]:
    """Whatever is called by a name that stands in a query: rather a table too many than one too few."""
    return {
        (schema, name)
        for schema in schemas
        for name in {*catalog.get_table_names(schema=schema), *_views(catalog, schema)}
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", query, re.IGNORECASE)
    }


def _views(catalog: Inspector, schema: str) -> set[str]:
    try:
        made = catalog.get_materialized_view_names(schema=schema)
    except NotImplementedError:
        made = []
    return {*catalog.get_view_names(schema=schema), *made}


def _triggers(connection: Connection, tables: Collection[Table]) -> Iterator[str]:
    dialect = "mysql" if connection.dialect.name == "mariadb" else connection.dialect.name
    if (query := _TRIGGERS.get(dialect)) is None:
        return
    for schema, name in sorted(tables):
        for trigger in connection.scalars(sa.text(query), {"schema": schema, "name": name}):
            yield f"{trigger} on {name}"

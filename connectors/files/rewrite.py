"""Taking rows out of a file: the file is written anew without them, and put in the old one's place."""

import gzip
from pathlib import Path
from typing import BinaryIO, cast

import duckdb
import zstandard

from connectors.base import SourceGarbage, SourceMisconfigured
from connectors.config import FilesCollection
from connectors.files.formats import LINE, Table, described, literal, quoted
from connectors.files.matching import differs, has_key
from connectors.files.storage import Storage

_LINES = 10_000
_GROUP = 122_880  # rows DuckDB holds before it writes them


def count_left(duck: duckdb.DuckDBPyConnection, collection: FilesCollection, table: Table) -> int:
    """How many rows of the file have a held key, and are not anonymised."""
    match, parameters = _unfinished(collection, table)
    query = f"SELECT count(*) FROM {table.origin} WHERE {match}"  # noqa: S608
    row = duck.execute(query, [table.address, *parameters]).fetchone()
    return int(row[0]) if row else 0


def rewrite(
    duck: duckdb.DuckDBPyConnection, storage: Storage, collection: FilesCollection, table: Table, name: str
) -> None:
    """Erases or anonymises the rows with a held key in this file. Raises SourceGarbage if the result is not right."""
    with storage.replacement(name) as part:
        before, hit = _count(duck, table), count_left(duck, collection, table)
        _written(duck, collection, table, name, part)
        _verify(duck, collection, table, part, before - (hit if collection.on_erase == "delete" else 0))


def _unfinished(collection: FilesCollection, table: Table) -> tuple[str, list[object]]:
    match = has_key(table, collection.key_columns)
    if collection.on_erase != "anonymise":
        return match, []
    conditions = [differs(table, name, way.constant) for name, way in collection.anonymise.items()]
    open_ = " OR ".join(sql for sql, _ in conditions)
    return f"{match} AND ({open_})", [value for _, values in conditions for value in values]


def _written(
    duck: duckdb.DuckDBPyConnection, collection: FilesCollection, table: Table, name: str, part: Path
) -> None:
    match = has_key(table, collection.key_columns)
    if table.format == "json":
        query = f"SELECT CAST({LINE} AS VARCHAR) FROM {table.origin} WHERE NOT coalesce({match}, false)"  # noqa: S608
        _write_lines(duck.execute(query, [table.address]), part, name)
        return
    kept = tuple(one for one in table.types if f"{one}=" not in name)
    if collection.on_erase == "delete":
        columns, where = ", ".join(map(quoted, kept)), f"NOT coalesce({match}, false)"
    else:
        columns, where = ", ".join(_anonymised(collection, table, one, match) for one in kept), "true"
    query = f"SELECT {columns} FROM {table.origin} WHERE {where}"  # noqa: S608
    target = literal(str(part))
    duck.execute(f"COPY ({query}) TO {target} ({_options(duck, table, name)})", [table.address])


def _anonymised(collection: FilesCollection, table: Table, name: str, match: str) -> str:
    if name not in collection.anonymise:
        return quoted(name)
    value = collection.anonymise[name].constant
    new = "NULL" if value is None else f"CAST({literal(str(value))} AS {table.type(name)})"
    return f"CASE WHEN {match} THEN {new} ELSE {quoted(name)} END AS {quoted(name)}"


def _options(duck: duckdb.DuckDBPyConnection, table: Table, name: str) -> str:
    if table.format == "csv":
        packed = {"gz": "gzip", "zst": "zstd"}.get(name.rpartition(".")[2], "none")
        return (
            f"FORMAT csv, HEADER true, DELIMITER {literal(table.delimiter)}, COMPRESSION {packed}, NULLSTR ''"
        )
    query = "SELECT compression, max(row_group_num_rows) FROM parquet_metadata(?) GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
    row = duck.execute(query, [table.address]).fetchone() or ("SNAPPY", 122_880)
    return f"FORMAT parquet, COMPRESSION {str(row[0]).lower()}, ROW_GROUP_SIZE {min(max(int(row[1]), 2048), _GROUP)}"


def _write_lines(found: duckdb.DuckDBPyConnection, part: Path, name: str) -> None:
    with _compressed(part, name) as target:
        while rows := found.fetchmany(_LINES):
            target.write("".join(f"{row[0]}\n" for row in rows).encode())


def _compressed(part: Path, name: str) -> BinaryIO:
    if name.endswith(".gz"):
        return cast("BinaryIO", gzip.open(part, "wb"))
    return cast("BinaryIO", zstandard.open(part, "wb") if name.endswith(".zst") else part.open("wb"))


def _verify(
    duck: duckdb.DuckDBPyConnection, collection: FilesCollection, table: Table, part: Path, expected: int
) -> None:
    """Reads the new file back before it replaces anything."""
    new = described(duck, collection, str(part))
    if {name: type_ for name, type_ in table.types.items() if name in new.types} != new.types:
        raise SourceMisconfigured("file-type", "a column type of this file cannot be written back")
    if _count(duck, new) != expected or count_left(duck, collection, new):
        raise SourceGarbage("rewrite-failed", "the new file does not have the rows it should")


def _count(duck: duckdb.DuckDBPyConnection, table: Table) -> int:
    row = duck.execute(f"SELECT count(*) FROM {table.origin}", [table.address]).fetchone()  # noqa: S608
    return int(row[0]) if row else 0

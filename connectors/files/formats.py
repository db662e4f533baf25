"""How each format is read: which columns a file has, and how one of its rows becomes a JSON line."""

from dataclasses import dataclass
from typing import Literal

import duckdb

from connectors.base import SourceMisconfigured
from connectors.config import FilesCollection

Format = Literal["parquet", "csv", "json"]
ROW = "file_row_number"
LINE = "json"

_EXACT_AS_TEXT = (
    "DECIMAL",
    "HUGEINT",
    "UHUGEINT",
    "BIGNUM",
    "UUID",
    "ENUM",
    "INTERVAL",
    "DATE",
    "TIME",
    "BIT",
)
_PLAIN = ("VARCHAR", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER",
          "UBIGINT", "JSON")  # fmt: skip


@dataclass(frozen=True)
class Table:
    """One file as DuckDB sees it. `address` is bound, never written into the statement."""

    format: Format
    address: str
    types: dict[str, str]
    delimiter: str
    folders: bool

    @property
    def origin(self) -> str:
        """What stands after FROM; takes `address` as its one parameter."""
        return _origin(self.format, self.delimiter, folders=self.folders)

    def column(self, name: str) -> str:
        """A column in SQL. Raises SourceMisconfigured where the file has no such column."""
        if self.format == "json":
            return f"json_extract_string({LINE}, {literal('$.' + quoted(name))})"
        if name not in self.types:
            raise SourceMisconfigured("no-column", name)
        return quoted(name)

    def type(self, name: str) -> str:
        """The type of a column; everything in CSV and JSON lines is compared as text."""
        return "VARCHAR" if self.format == "json" else self.types[name]

    def line(self, columns: tuple[str, ...]) -> str:
        """The expression of a row's JSON line. JSON lines are handed over as they were written."""
        if self.format == "json":
            picked = (
                f"{literal(name)}, json_extract({LINE}, {literal('$.' + quoted(name))})" for name in columns
            )
            return (
                f"CAST(json_object({', '.join(picked)}) AS VARCHAR)"
                if columns
                else f"CAST({LINE} AS VARCHAR)"
            )
        names = columns or tuple(self.types)
        parts = (f"{literal(name)}, {rendered(self.column(name), self.type(name))}" for name in names)
        return f"CAST(json_object({', '.join(parts)}) AS VARCHAR)"


def described(duck: duckdb.DuckDBPyConnection, collection: FilesCollection, address: str) -> Table:
    """Asks DuckDB for the columns of one file."""
    format_ = format_of(collection)
    folders = "=" in collection.table
    if format_ == "json":
        return Table(format_, address, {}, collection.delimiter, folders)
    origin = _origin(format_, collection.delimiter, folders=folders)
    rows = duck.execute(f"DESCRIBE SELECT * FROM {origin}", [address]).fetchall()  # noqa: S608
    types = {str(row[0]): str(row[1]) for row in rows if row[0] != ROW}
    return Table(format_, address, types, collection.delimiter, folders)


def format_of(collection: FilesCollection) -> Format:
    """By the ending of the pattern; whether it is compressed does not matter."""
    ending = collection.table.removesuffix(".gz").removesuffix(".zst").rpartition(".")[2]
    return "parquet" if ending == "parquet" else "csv" if ending == "csv" else "json"


def known(type_: str) -> bool:
    """Whether values of the type have a form of their own in JSON; others are carried as text."""
    return type_.startswith((*_EXACT_AS_TEXT, *_PLAIN, "TIMESTAMP", "FLOAT", "DOUBLE", "BLOB", "STRUCT", "MAP")) \
        or type_.endswith("]")  # fmt: skip


def rendered(column: str, type_: str) -> str:
    """A column's value for json_object, with nothing lost."""
    if type_.startswith("TIMESTAMP"):
        return f"replace(CAST({column} AS VARCHAR), ' ', 'T')"
    if type_ in ("FLOAT", "DOUBLE"):
        return (
            f"CASE WHEN isfinite({column}) THEN to_json({column}) ELSE to_json(CAST({column} AS VARCHAR)) END"
        )
    if type_ == "BLOB":
        encoded = f"{{'type': 'binary', 'base64': base64({column})}}"
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE {encoded} END"
    if type_ in _PLAIN or type_.startswith(("STRUCT", "MAP")) or type_.endswith("]"):
        return column
    return f"CAST({column} AS VARCHAR)"


def quoted(name: str) -> str:
    """A name in SQL or in a JSON path."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text constant in SQL."""
    return "'" + text.replace("'", "''") + "'"


def _origin(format_: Format, delimiter: str, *, folders: bool) -> str:
    if format_ == "json":
        return "read_ndjson_objects(?)"
    if format_ == "csv":
        return (
            f"read_csv(?, delim = {literal(delimiter)}, header = true, all_varchar = true, quote = '\"', "
            f"escape = '\"', nullstr = '', allow_quoted_nulls = false, hive_partitioning = {folders}, "
            "hive_types_autocast = false)"
        )
    return f"read_parquet(?, {ROW} = true, hive_partitioning = {folders}, hive_types_autocast = false)"

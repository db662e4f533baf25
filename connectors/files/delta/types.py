"""What the columns of a Delta table are in DuckDB, and how a file's column becomes what the table says it is."""

import re
from typing import Any

from connectors.contract.base import SourceMisconfigured
from connectors.files.parquet.rendering import quoted

_TYPES = {
    "string": "VARCHAR", "long": "BIGINT", "integer": "INTEGER", "short": "SMALLINT", "byte": "TINYINT",
    "float": "FLOAT", "double": "DOUBLE", "boolean": "BOOLEAN", "binary": "BLOB", "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE", "timestamp_ntz": "TIMESTAMP",
}  # fmt: skip
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_ZONED = "TIMESTAMP WITH TIME ZONE"


def duck_type(said: Any, column: str) -> str:
    """The type of a column by the table's schema. Raises SourceMisconfigured for one that has no form here."""
    if isinstance(said, str):
        if found := _DECIMAL.fullmatch(said):
            return f"DECIMAL({found[1]},{found[2]})"
        if said in _TYPES:
            return _TYPES[said]
    elif said.get("type") == "array":
        return f"{duck_type(said['elementType'], column)}[]"
    elif said.get("type") == "map":
        return f"MAP({duck_type(said['keyType'], column)}, {duck_type(said['valueType'], column)})"
    elif said.get("type") == "struct":
        parts = (f"{quoted(one['name'])} {duck_type(one['type'], column)}" for one in said["fields"])
        return f"STRUCT({', '.join(parts)})"
    raise SourceMisconfigured("table-feature", f"the type of {column}")


def as_said(name: str, stored: str | None, said: str) -> str:
    """A file's column as the table has it; what older files do not have is empty, what they had narrower is wider."""
    if stored is None:
        return f"CAST(NULL AS {said})"
    column = f"stored.{quoted(name)}"
    if stored == said:
        return column
    # Some writers leave the zone of a moment out of the file: in a Delta table it is that of no place.
    if said == _ZONED and stored in ("TIMESTAMP", "TIMESTAMP_NS"):
        return f"CAST({column} AS TIMESTAMP) AT TIME ZONE 'UTC'"
    return f"CAST({column} AS {said})"

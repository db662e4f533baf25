"""Which format a collection of files has, and what a file's path tells."""

from collections.abc import Iterator, Mapping
from typing import Literal
from urllib.parse import unquote

from connectors.description.config import FilesCollection

# What the names of the folders say: `month=2026-11`.
Folders = Mapping[str, str | None]
Format = Literal["parquet", "csv", "json", "delta"]
# What Hive and Spark call the folder of rows without a value.
_NOTHING = "__HIVE_DEFAULT_PARTITION__"


def format_of(collection: FilesCollection) -> Format:
    """As it is said, or by the ending of the pattern; whether it is compressed does not matter."""
    if collection.format is not None:
        return collection.format
    ending = collection.table.removesuffix(".gz").removesuffix(".zst").rpartition(".")[2]
    return "parquet" if ending == "parquet" else "csv" if ending == "csv" else "json"


def searched(collection: FilesCollection) -> Iterator[str]:
    """The columns that rows are looked for by."""
    for find in collection.find.values():
        yield from find.columns
    if collection.at is not None:
        yield collection.at


def folders_of(name: str) -> Folders:
    """The columns that stand in the path, as `month=2026-11`, and not in the file."""
    parts = (folder.partition("=") for folder in name.split("/")[:-1] if "=" in folder)
    return {key: None if value == _NOTHING else unquote(value) for key, _, value in parts}

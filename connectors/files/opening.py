"""From the name of a file to its rows."""

from dataclasses import dataclass

import duckdb

from connectors.contract.base import SourceMisconfigured
from connectors.description.config import FilesCollection, FilesSource
from connectors.files.delta.deltafile import NO_FILE, DeltaFile
from connectors.files.delta.snapshot import Snapshot
from connectors.files.formats import folders_of, format_of, searched
from connectors.files.parquet.parquetfile import ParquetFile
from connectors.files.rowfile import RowFile
from connectors.files.storage import Storage
from connectors.files.text.textfile import TextFile

_LOOKED = 100  # files of JSON lines that are looked through for a column


@dataclass(frozen=True)
class Opener:
    """Opens the files of one collection."""

    duck: duckdb.DuckDBPyConnection
    storage: Storage
    source: FilesSource
    collection: FilesCollection

    def open(self, name: str) -> RowFile:
        """The file of this name below the root."""
        if isinstance(self.storage, Snapshot):
            return self.in_table(self.storage, name)
        folders = folders_of(name)
        if format_of(self.collection) == "parquet":
            return ParquetFile(self.duck, self.storage, self.source, self.collection, name, folders)
        return TextFile(self.storage, self.source, self.collection, name, folders)

    def in_table(self, snapshot: Snapshot, name: str) -> DeltaFile:
        """A file that a table's log counts."""
        return DeltaFile(self.duck, snapshot, self.source, self.collection, name, {})

    def newest(self) -> RowFile:
        """The last file by name; of a table, which has columns also without rows, any."""
        return self.open(self.newest_name())

    def newest_name(self) -> str:
        """What it is called below the root."""
        return self._names()[-1]

    def require_described(self) -> None:
        """Raises SourceMisconfigured for the first column of the description that is not there.

        The newest file has them all. In JSON lines a column is missing where it is empty: some newer file has it.
        """
        named = [name for _, name in self.collection.named_columns()]
        named += [*searched(self.collection), *self.collection.columns]
        missing, names = list(dict.fromkeys(named)), self._names()[::-1]
        rows = False
        for name in names[: _LOOKED if format_of(self.collection) == "json" else 1]:
            there = {column.name for column in self.open(name).columns()}
            missing, rows = [one for one in missing if one not in there], rows or bool(there)
            if not missing:
                return
        if rows:
            raise SourceMisconfigured("no-column", missing[0])

    def _names(self) -> list[str]:
        return self.storage.names(self.collection) or [NO_FILE]

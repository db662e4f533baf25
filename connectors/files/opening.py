"""From the name of a file to its rows."""

from dataclasses import dataclass

import duckdb

from connectors.config import FilesCollection, FilesSource
from connectors.files.formats import folders_of, format_of
from connectors.files.parquetfile import ParquetFile
from connectors.files.rowfile import RowFile
from connectors.files.storage import Storage
from connectors.files.textfile import TextFile


@dataclass(frozen=True)
class Opener:
    """Opens the files of one collection."""

    duck: duckdb.DuckDBPyConnection
    storage: Storage
    source: FilesSource
    collection: FilesCollection

    def open(self, name: str) -> RowFile:
        """The file of this name below the root."""
        folders = folders_of(name)
        if format_of(self.collection) == "parquet":
            return ParquetFile(self.duck, self.storage, self.source, self.collection, name, folders)
        return TextFile(self.storage, self.source, self.collection, name, folders)

    def newest(self) -> RowFile:
        """The last file by name."""
        return self.open(self.storage.names(self.collection)[-1])

"""Rows taken out of a Delta table by its own delete: a new version without them, beside the earlier ones."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa
from deltalake import DeltaTable

from connectors.contract.base import SourceGarbage, SourceMisconfigured
from connectors.files.delta.deltafile import DeltaFile
from connectors.files.delta.table import told
from connectors.files.parquet.rendering import quoted
from connectors.files.target import Target


def delete(
    duck: duckdb.DuckDBPyConnection, table: DeltaTable, live: Sequence[DeltaFile], target: Target
) -> int:
    """How many rows went. Raises SourceError; where somebody else writes the same files, nothing has gone."""
    names, types = target.collection.key_columns, live[0].storage.types if live else {}
    hit = sum(file.left(target) for file in live)
    if not hit:
        return 0
    columns = ", ".join(f"{quoted(name)} {types[name]}" for name in names)
    duck.execute(f"CREATE OR REPLACE TEMP TABLE theirs ({columns})")
    for file in live:
        file.hold_theirs(target)
    # The table deletes by key, and would take what is somebody else's under the same one.
    if sum(file.with_keys(names) for file in live) != hit:
        raise SourceMisconfigured("key-not-unique", ", ".join(names))
    theirs = duck.sql("SELECT DISTINCT * FROM theirs").to_arrow_table()
    if _merged(table, theirs.cast(_schema(table, names)), names) != hit:
        raise SourceGarbage("rewrite-failed", "the table deleted another number of rows")
    return hit


def rehearse(table: DeltaTable, names: Sequence[str]) -> None:
    """Deletes from an empty table that says of itself what this one does, so that what would be refused is told.

    Raises SourceMisconfigured.
    """
    if table.metadata().configuration.get("delta.appendOnly", "").lower() == "true":
        raise SourceMisconfigured("append-only")
    with told(), tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "_delta_log")
        log.mkdir()
        first = [{"protocol": _protocol(table)}, {"metaData": _metadata(table)}]
        Path(log, f"{0:020d}.json").write_bytes(b"\n".join(map(orjson.dumps, first)))
        empty = DeltaTable(folder)
        _merged(empty, _schema(empty, names).empty_table(), names)


def _merged(table: DeltaTable, keys: Any, names: Sequence[str]) -> int:
    """Deletes by a table of keys, so that no key comes into the log: of a plain condition it keeps every word."""
    columns = [f"key{index}" for index in range(len(names))]
    same = " AND ".join(
        f"target.`{name}` = source.{column}" for name, column in zip(names, columns, strict=True)
    )
    with told():
        merge = table.merge(keys.rename_columns(columns), same, source_alias="source", target_alias="target")
        return int(merge.when_matched_delete().execute()["num_target_rows_deleted"])


def _schema(table: DeltaTable, names: Sequence[str]) -> Any:
    """The types of these columns, as the table compares them. Raises SourceMisconfigured."""
    schema = pa.schema(table.schema().to_arrow())
    if missing := [name for name in names if name not in schema.names]:
        raise SourceMisconfigured("no-column", missing[0])
    return pa.schema([schema.field(name) for name in names])


def _protocol(table: DeltaTable) -> dict[str, Any]:
    said = table.protocol()
    features = {"readerFeatures": said.reader_features, "writerFeatures": said.writer_features}
    return {
        "minReaderVersion": said.min_reader_version,
        "minWriterVersion": said.min_writer_version,
        **{name: list(value) for name, value in features.items() if value is not None},
    }


def _metadata(table: DeltaTable) -> dict[str, Any]:
    said = table.metadata()
    return {
        "id": said.id,
        "format": {"provider": "parquet", "options": {}},
        "schemaString": table.schema().to_json(),
        "partitionColumns": said.partition_columns,
        "configuration": said.configuration,
        "createdTime": 0,
    }

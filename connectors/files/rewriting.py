"""A Parquet file written anew, with the schema, the metadata, the packing and the order it had.

No more of it is in memory than some rows and a page of each column; where the pages may be big, of one column.
pyarrow is loaded where a file is written, since a worker that only reads is to do without its 40 MB.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from connectors.anonymous import hashed
from connectors.base import SourceMisconfigured
from connectors.files.csvrows import written
from connectors.parts import Strategy

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_BATCH, _BATCH_ROWS = 2 << 20, 16_384  # bytes, and rows at most
_GROUP = 16 << 20
_AT_ONCE = 24 << 20  # of a row group, unpacked: there are writers that make each of its columns one page


@dataclass(frozen=True)
class Rewriting:
    """Takes out the rows with these numbers, ascending; or, where there are `ways`, anonymises them."""

    rows: Sequence[int]
    ways: Mapping[str, Strategy]
    hash_key: bytes

    def write(self, source: BinaryIO, part: Path) -> None:
        """Reads the one file and writes the other. Raises SourceMisconfigured."""
        import pyarrow.parquet as pq

        with ExitStack() as stack:
            old = stack.enter_context(pq.ParquetFile(source, pre_buffer=False, buffer_size=1 << 16))
            size = max(1, sum(map(_size, _groups(old))) // max(1, old.metadata.num_rows))
            batch = min(_BATCH_ROWS, max(64, _BATCH // size))
            schema = self._schema(old.schema_arrow)
            new = stack.enter_context(pq.ParquetWriter(part, schema, **_as_before(old)))
            at = 0
            for found in _batches(old, part.parent, batch, stack):
                changed = self._changed(found, at, schema)
                at += found.num_rows
                if changed.num_rows:
                    new.write_batch(changed, row_group_size=min(_largest(old), max(batch, _GROUP // size)))

    def _schema(self, schema: "pa.Schema") -> "pa.Schema":
        emptied = {
            name for name, way in self.ways.items() if way.kind != "keyed-hash" and way.constant is None
        }
        for index, field in enumerate(schema):
            if field.name in emptied:
                schema = schema.set(index, field.with_nullable(nullable=True))
        return schema

    def _changed(self, batch: "pa.RecordBatch", at: int, schema: "pa.Schema") -> "pa.RecordBatch":
        import pyarrow as pa

        start, end = bisect_left(self.rows, at), bisect_left(self.rows, at + batch.num_rows)
        here = [row - at for row in self.rows[start:end]]
        if here and not self.ways:
            gone = set(here)
            return batch.take(pa.array([row for row in range(batch.num_rows) if row not in gone], pa.int64()))
        columns = [
            self._anonymous(column, here, self.ways[name]) if here and name in self.ways else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    def _anonymous(self, column: "pa.Array", here: Sequence[int], way: Strategy) -> "pa.Array":
        import pyarrow as pa

        plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        if way.kind == "keyed-hash":
            old = plain.take(pa.array(here)).to_pylist()
            new = pa.array([one and hashed(one, self.hash_key) for one in old], plain.type)
        else:
            new = pa.array([written(way)] * len(here), pa.string()).cast(plain.type)
        order = list(range(len(plain)))
        for number, row in enumerate(here, len(plain)):
            order[row] = number
        changed = pa.concat_arrays([plain, new]).take(pa.array(order))
        if plain is column:
            return changed
        return changed.dictionary_encode().cast(column.type)


def refuse_impossible(source: BinaryIO, ways: Mapping[str, Strategy]) -> None:
    """Raises SourceMisconfigured for the first column of a file that cannot take what is to be written."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(source) as file:
        # DuckDB declares whatever happens to be filled as never empty; that is nobody's will.
        meant = not str(file.metadata.created_by).startswith("DuckDB")
        for field in file.schema_arrow:
            if field.name in ways and (problem := _impossible(ways[field.name], field, meant=meant)):
                raise SourceMisconfigured(problem, field.name)


def _impossible(way: Strategy, field: "pa.Field", *, meant: bool) -> str | None:
    import pyarrow as pa

    type_ = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if way.kind == "keyed-hash":
        return None if pa.types.is_string(type_) or pa.types.is_large_string(type_) else "not-text"
    if way.constant is None:
        return "not-null" if meant and not field.nullable else None
    try:
        pa.array([written(way)], pa.string()).cast(type_)
    except pa.ArrowException:
        return "value"
    return None


def _batches(old: "pq.ParquetFile", place: Path, rows: int, stack: ExitStack) -> Iterator["pa.RecordBatch"]:
    """The rows in their order, some at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = old.schema_arrow.names
    apart = len(set(names)) == len(names) and not any("." in name for name in names)
    if not apart or max(map(_size, _groups(old)), default=0) <= _AT_ONCE:
        yield from old.iter_batches(batch_size=rows, use_threads=False)
        return
    paths = [_apart(old, name, place / f"column-{index}", rows) for index, name in enumerate(names)]
    files = [
        stack.enter_context(pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 16)) for path in paths
    ]
    pieces = [one.iter_batches(batch_size=rows, use_threads=False) for one in files]
    for row in zip(*pieces, strict=True):
        yield pa.RecordBatch.from_arrays([piece.column(0) for piece in row], schema=old.schema_arrow)


def _apart(old: "pq.ParquetFile", name: str, path: Path, rows: int) -> Path:
    """One column in a file of its own, in small pages."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([old.schema_arrow.field(name)])
    with pq.ParquetWriter(
        path, schema, compression="lz4", use_dictionary=False, data_page_size=1 << 16
    ) as file:
        for batch in old.iter_batches(batch_size=rows, columns=[name], use_threads=False):
            file.write_batch(batch, row_group_size=8 * rows)
    return path


def _as_before(old: "pq.ParquetFile") -> dict[str, Any]:
    """How the file is packed and what it says of itself, for its writer."""
    columns = [group.column(index) for group in _groups(old)[:1] for index in range(group.num_columns)]
    packing = {one.path_in_schema: one.compression.replace("UNCOMPRESSED", "NONE") for one in columns}
    return {
        "compression": packing or "snappy",
        "use_deprecated_int96_timestamps": any(one.physical_type == "INT96" for one in columns),
        "store_schema": b"ARROW:schema" in (old.metadata.metadata or {}),
    }


def _groups(old: "pq.ParquetFile") -> list[Any]:
    return [old.metadata.row_group(index) for index in range(old.metadata.num_row_groups)]


def _size(group: Any) -> int:
    return int(group.total_byte_size)


def _largest(old: "pq.ParquetFile") -> int:
    return max((int(group.num_rows) for group in _groups(old)), default=1)

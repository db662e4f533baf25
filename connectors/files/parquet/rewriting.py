"""A Parquet file written anew, with the schema, the metadata, the packing and the order it had.

No more of it is in memory than some rows and a page of each column; where the pages may be big, of one column. It
runs in a process of its own, so that what a file needs is no worker's, and is given back: see `rewriter.py`.
"""

import pickle
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.contract.anonymous import HASH, hashed

_BATCH, _BATCH_ROWS = 2 << 20, 16_384  # bytes, and rows at most
_GROUP = 8 << 20
_AT_ONCE = 24 << 20  # of a row group, unpacked: there are writers that make each of its columns one page


@dataclass(frozen=True)
class Rewriting:
    """Takes out the rows with these numbers, ascending; or, where they are named, writes into these columns.

    What is written is a text to be cast, None for nothing, or HASH. ``sample``: of the row groups only the first
    that has such a row is written, to see whether it can be.
    """

    rows: Sequence[int]
    columns: Mapping[str, str | bytes | None]
    hash_key: bytes
    sample: bool = False

    def write(self, source: Path, part: Path) -> None:
        """Reads the one file and writes the other."""
        with ExitStack() as stack:
            # Read as it is needed: in advance, whole columns of a row group would come into memory.
            old = stack.enter_context(pq.ParquetFile(source, pre_buffer=False, buffer_size=1 << 16))
            size = max(1, sum(map(_size, _groups(old))) // max(1, old.metadata.num_rows))
            batch = min(_BATCH_ROWS, max(64, _BATCH // size))
            schema, form = self._schema(old.schema_arrow), _as_before(old)
            new = stack.enter_context(pq.ParquetWriter(part, schema, **form))
            if not form["store_schema"]:
                # Only beside its own schema does Arrow write what else a file says of itself.
                new.add_key_value_metadata(old.metadata.metadata or {})
            most, waiting = min(_largest(old), max(batch, _GROUP // size)), list[pa.RecordBatch]()
            groups, at = self._meant(old)
            for found in _batches(old, groups, part.parent, batch, stack):
                waiting.append(self._changed(found, at, schema))
                at += found.num_rows
                if sum(one.num_rows for one in waiting) >= most:
                    new.write_table(pa.Table.from_batches(waiting, schema))
                    waiting.clear()
            new.write_table(pa.Table.from_batches(waiting, schema))

    def _meant(self, old: pq.ParquetFile) -> tuple[Sequence[int], int]:
        """The row groups to write, and how many rows there are before them."""
        if not self.sample:
            return range(old.metadata.num_row_groups), 0
        ends = list(accumulate(int(group.num_rows) for group in _groups(old)))
        first = bisect_right(ends, self.rows[0])
        return [first], ends[first - 1] if first else 0

    def _schema(self, schema: pa.Schema) -> pa.Schema:
        emptied = {name for name, value in self.columns.items() if value is None}
        for index, field in enumerate(schema):
            if field.name in emptied:
                # DuckDB declares columns as never empty that merely happen to be full (`ParquetFile._declared_filled`).
                schema = schema.set(index, field.with_nullable(nullable=True))
        return schema

    def _changed(self, batch: pa.RecordBatch, at: int, schema: pa.Schema) -> pa.RecordBatch:
        start, end = bisect_left(self.rows, at), bisect_left(self.rows, at + batch.num_rows)
        here = [row - at for row in self.rows[start:end]]
        if here and not self.columns:
            return pa.RecordBatch.from_arrays(
                [_without(column, here) for column in batch.columns], schema=schema
            )
        columns = [
            self._anonymous(column, here, self.columns[name]) if here and name in self.columns else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    def _anonymous(self, column: pa.Array, here: Sequence[int], value: str | bytes | None) -> pa.Array:
        plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        if value == HASH:
            old = [plain[row].as_py() for row in here]
            new = pa.array([one if one is None else hashed(one, self.hash_key) for one in old], plain.type)
        elif value is None:
            new = pa.nulls(len(here), plain.type)
        else:
            new = pa.array([value] * len(here), pa.string()).cast(plain.type)
        changed = _with(plain, here, new)
        return changed if plain is column else changed.dictionary_encode().cast(column.type)


def _without(column: pa.Array, rows: Sequence[int]) -> pa.Array:
    """By stretches that stay, since Arrow does not pick single values out of columns of every type."""
    ends = [*rows, len(column)]
    stretches = [
        column.slice(start, end - start)
        for start, end in zip([0, *(row + 1 for row in rows)], ends, strict=True)
    ]
    return pa.concat_arrays(stretches)


def _with(column: pa.Array, rows: Sequence[int], new: pa.Array) -> pa.Array:
    """The same with these values in these rows."""
    pieces, at = list[pa.Array](), 0
    for number, row in enumerate(rows):
        pieces += [column.slice(at, row - at), new.slice(number, 1)]
        at = row + 1
    return pa.concat_arrays([*pieces, column.slice(at)])


def _batches(
    old: pq.ParquetFile, groups: Sequence[int], place: Path, rows: int, stack: ExitStack
) -> Iterator[pa.RecordBatch]:
    """The rows in their order, some at a time."""
    names = old.schema_arrow.names
    # Columns are asked for by dotted paths: one with a dot in its name, or with a twin, can't be asked for alone.
    apart = len(set(names)) == len(names) and not any("." in name for name in names)
    if not apart or max(map(_size, _groups(old)), default=0) <= _AT_ONCE:
        yield from old.iter_batches(batch_size=rows, row_groups=groups, use_threads=False)
        return
    paths = [_apart(old, groups, name, place / f"column-{index}", rows) for index, name in enumerate(names)]
    files = [
        stack.enter_context(pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 16)) for path in paths
    ]
    pieces = [one.iter_batches(batch_size=rows, use_threads=False) for one in files]
    for row in zip(*pieces, strict=True):
        yield pa.RecordBatch.from_arrays([piece.column(0) for piece in row], schema=old.schema_arrow)


def _apart(old: pq.ParquetFile, groups: Sequence[int], name: str, path: Path, rows: int) -> Path:
    """One column in a file of its own, in small pages."""
    schema = pa.schema([old.schema_arrow.field(name)])
    with pq.ParquetWriter(
        path, schema, compression="lz4", use_dictionary=False, data_page_size=1 << 16
    ) as file:
        for batch in old.iter_batches(batch_size=rows, row_groups=groups, columns=[name], use_threads=False):
            file.write_batch(batch, row_group_size=8 * rows)
    return path


def _as_before(old: pq.ParquetFile) -> dict[str, Any]:
    """How the file is packed and what it says of itself, for its writer."""
    columns = [group.column(index) for group in _groups(old)[:1] for index in range(group.num_columns)]
    packing = {one.path_in_schema: one.compression.replace("UNCOMPRESSED", "NONE") for one in columns}
    return {
        "compression": packing or "snappy",
        "use_deprecated_int96_timestamps": any(one.physical_type == "INT96" for one in columns),
        "store_schema": b"ARROW:schema" in (old.metadata.metadata or {}),
    }


def _groups(old: pq.ParquetFile) -> list[Any]:
    return [old.metadata.row_group(index) for index in range(old.metadata.num_row_groups)]


def _size(group: Any) -> int:
    return int(group.total_byte_size)


def _largest(old: pq.ParquetFile) -> int:
    return max((int(group.num_rows) for group in _groups(old)), default=1)


if __name__ == "__main__":
    # The work comes through a pipe, since everybody on the machine may read what a process is called with.
    rows, columns, hash_key, sample, source, part = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the worker itself
    pa.set_memory_pool(pa.system_memory_pool())
    Rewriting(rows, columns, hash_key, sample).write(source, part)

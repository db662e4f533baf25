"""Entries of a package's zip as they are written: counted, hashed, each dated alike, of the plainest kind of zip."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from isal import isal_zlib

from exports.package.layout import DataFile
from exports.package.tree import Leaves

BUFFER = 1 << 16
LEVEL = (
    2  # of 0 to 3: a tenth larger than zlib's usual one; 3 takes four times as long and gains nothing on rows
)
# What is unpacked on a machine that others use is read by its owner alone.
OWNER_ONLY = 0o100600 << 16
# From so many bytes on an entry may need sizes of eight bytes; and so much more than its rows a form of them may be.
ZIP64_FROM, WIDER = 1 << 31, 4


def deflate(entry: IO[bytes], kept: IO[bytes] | None = None) -> None:
    """An entry of a zip that was just opened for writing is deflated by isal: the same format in a third of the time.

    zipfile has no other way to be given one (docs/adr/0118). ``kept``: where the deflated bytes go as well.
    """
    deflating = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
    vars(entry)["_compressor"] = _Twice(deflating, kept) if kept else deflating


class _Twice:
    """Deflates, and keeps what comes of it."""

    def __init__(self, deflating: Any, kept: IO[bytes]) -> None:
        self._deflating, self._kept = deflating, kept

    def compress(self, data: Any) -> bytes:
        return self._keep(self._deflating.compress(data))

    def flush(self) -> bytes:
        return self._keep(self._deflating.flush())

    def _keep(self, deflated: bytes) -> bytes:
        self._kept.write(deflated)
        return deflated


@dataclass(frozen=True)
class Entry:
    """A file of the package: bytes before compression; ``rows`` only for data."""

    name: str
    bytes: int
    sha256: str
    rows: int | None = None


class Hashing(io.RawIOBase):
    """Passes writes on, and counts and hashes them. Not seekable, so that the zip is written straight through."""

    def __init__(self, out: IO[bytes], leaves: Leaves | None = None) -> None:
        self._out = out
        self._leaves = leaves
        self.bytes = 0
        self.sha256 = hashlib.sha256()
        self.rows: int | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        chunk = bytes(data)
        self._out.write(chunk)
        self.sha256.update(chunk)
        if self._leaves:
            self._leaves.update(chunk)
        self.bytes += len(chunk)
        return len(chunk)


class Writer:
    """Entries of one zip, each with the same date, so that nothing tells when it was made."""

    def __init__(self, archive: ZipFile, dated: date) -> None:
        self.entries: list[Entry] = []
        self.leaves: dict[str, list[bytes]] = {}
        self.dated = dated
        self._archive = archive
        # A zip knows no earlier year.
        self._moment = (max(dated.year, 1980), dated.month, dated.day, 0, 0, 0)

    def add(self, name: str, content: bytes) -> None:
        with self.entry(name) as entry:
            entry.write(content)

    @contextmanager
    def data(
        self, name: str, file: DataFile, kept: IO[bytes] | None = None
    ) -> Iterator[tuple[Hashing, IO[bytes]]]:
        """An entry for the rows of a file, and what to write them to."""
        large = file.most * WIDER > ZIP64_FROM
        with self.entry(name, large=large, kept=kept) as entry, io.BufferedWriter(entry, BUFFER) as out:
            yield entry, cast(IO[bytes], out)

    @contextmanager
    def entry(self, name: str, *, large: bool = False, kept: IO[bytes] | None = None) -> Iterator[Hashing]:
        info = ZipInfo(name, self._moment)
        info.compress_type, info.external_attr = ZIP_DEFLATED, OWNER_ONLY
        # Unix, whatever machine writes it, or the bytes would differ.
        info.create_system = 3
        # Of JSON, whose lines are the rows.
        leaves = Leaves() if name.startswith("data/") and name.endswith(".json") else None
        # How large it becomes shows only when it is written, and a reader that has to be told of sizes of eight bytes
        # may not know them: only what can need them has them (docs/adr/0120).
        with self._archive.open(info, "w", force_zip64=large) as raw:
            deflate(raw, kept)
            entry = Hashing(raw, leaves)
            yield entry
        if leaves:
            self.leaves[name] = leaves.hashes()
        self.entries.append(Entry(name, entry.bytes, entry.sha256.hexdigest(), entry.rows))

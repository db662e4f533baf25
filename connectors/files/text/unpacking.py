"""The bytes of a text file from any place on. What is packed is not unpacked from the start for every page."""

import gzip
import io
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import zstandard

from connectors.contract.base import SourceGarbage
from connectors.files.storage import Storage

_BLOCK = 1 << 20
_PACKED = 1 << 16  # of zstd that is read at once
_FED = 128  # of it that is unpacked at once, since nothing bounds what comes out: 4 bytes can be 128 kB
_GOING_ON = 4  # files


def blocks(storage: Storage, name: str, start: int) -> Iterator[bytes]:
    """The unpacked content from byte `start` on, about a megabyte at a time. Raises SourceGarbage."""
    packing = name.rpartition(".")[2]
    if packing in ("gz", "zst"):
        yield from _unpacked(storage, name, packing, start)
        return
    with storage.reading(name) as file:
        file.seek(start)
        while block := file.read(_BLOCK):
            yield block


class _Packed(io.RawIOBase):
    """Reads on where it was; in between, no file is open that may be replaced meanwhile."""

    def __init__(self, storage: Storage, name: str) -> None:
        self.storage, self.name, self.at = storage, name, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        with self.storage.reading(self.name) as file:
            file.seek(self.at)
            data: bytes = file.read(size)
        self.at += len(data)
        return data


class _Zstandard:
    """One frame after another; a frame that does not end is a fault."""

    def __init__(self, packed: _Packed) -> None:
        self.packed, self.inner, self.rest, self.within = packed, _frame(), memoryview(b""), False

    def read(self, size: int) -> bytes:
        out = bytearray()
        while len(out) < size and (data := self.rest or memoryview(self.packed.read(_PACKED))):
            out += self.inner.decompress(data[:_FED])
            self.rest, self.within = data[_FED:], not self.inner.eof
            if self.inner.eof:
                self.rest, self.inner = memoryview(self.inner.unused_data + bytes(self.rest)), _frame()
        if self.within and not out:
            raise EOFError
        return bytes(out)


class _Unpacking:
    """A packed file that is unpacked from start to end. The last blocks are kept, for a page ends within one."""

    def __init__(self, storage: Storage, name: str, packing: str) -> None:
        packed = _Packed(storage, name)
        self.file = gzip.GzipFile(fileobj=packed) if packing == "gz" else _Zstandard(packed)
        self.end, self.kept = 0, b""

    def reaches_back(self, start: int) -> bool:
        return start >= self.end - len(self.kept)

    def blocks(self, start: int) -> Iterator[bytes]:
        if start < self.end:
            yield self.kept[start - self.end :]
        while block := self._read():
            if self.end > start:
                yield block[max(0, len(block) - (self.end - start)) :]

    def _read(self) -> bytes:
        try:
            block: bytes = self.file.read(_BLOCK)
        except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
            raise SourceGarbage("not-readable", f"packed: {type(error).__name__}") from None
        self.end += len(block)
        self.kept = (self.kept + block)[-2 * _BLOCK :]
        return block


_going: OrderedDict[tuple[str, str, str], _Unpacking] = OrderedDict()
_guard = threading.Lock()


def _unpacked(storage: Storage, name: str, packing: str, start: int) -> Iterator[bytes]:
    place = (storage.root, name, storage.version(name))
    with _guard:
        going = _going.get(place)
        if going is not None and going.reaches_back(start):
            # Taken out while it is read on: two pages can't go on from one place.
            del _going[place]
        else:
            going = _Unpacking(storage, name, packing)
    try:
        yield from going.blocks(start)
    except GeneratorExit:
        # The page is full. Had it broken off, what is left of it would pass for the end of the file.
        _put_aside(place, going)
        raise


def _put_aside(place: tuple[str, str, str], going: _Unpacking) -> None:
    with _guard:
        if place not in _going or _going[place].end < going.end:
            _going[place] = going
        while len(_going) > _GOING_ON:
            _going.popitem(last=False)


def _frame() -> Any:
    # The widest window that zstd itself unpacks unasked; a file can ask for gigabytes.
    return zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()

"""A zip of ours as it streams by: entry after entry, each a few bytes at a time. Nothing is kept, nothing is sought."""

import zlib
from collections.abc import Iterable, Iterator
from struct import Struct

# Of an entry: signature, version, flags, method, time, date, CRC, two sizes, lengths of name and extra field.
LOCAL = Struct("<4s5H3L2H")
ENTRY, DESCRIPTOR = b"PK\x03\x04", b"PK\x07\x08"
DEFLATED, SIZES_LATER = 8, 8
# Signature, CRC, two sizes: of eight bytes where the entry has room for such, else of four.
AFTER, AFTER_LARGE = 16, 24
LARGE = 1  # the number of the extra field of such an entry
FIELD = Struct("<2H")


class NotOurs(ValueError):
    """A zip that was not written by `exports.package.zipped`."""


class _Source:
    """Blocks of bytes as one stream that gives back what was too much."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._rest = iter(blocks), b""

    def exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            block = next(self._blocks, b"")
            if not block:
                raise NotOurs("ends too early")
            self._rest += block
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def some(self) -> bytes:
        taken, self._rest = self._rest or next(self._blocks, b""), b""
        if not taken:
            raise NotOurs("ends too early")
        return taken

    def back(self, rest: bytes) -> None:
        self._rest = rest + self._rest


def entries(blocks: Iterable[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Name and unpacked blocks of each entry, in order. The blocks of one are read before the next is asked for.

    Raises NotOurs, or zlib.error for what is damaged.
    """
    source = _Source(blocks)
    while (signature := source.exactly(4)) == ENTRY:
        source.back(signature)
        _sig, _version, flags, method, *_rest, name, extra = LOCAL.unpack(source.exactly(LOCAL.size))
        if method != DEFLATED or not flags & SIZES_LATER:
            raise NotOurs("an entry is packed in another way")
        named = source.exactly(name).decode()
        after = AFTER_LARGE if _is_large(source.exactly(extra)) else AFTER
        unpacked = _unpacked(source)
        yield named, unpacked
        for _left in unpacked:
            pass
        if not source.exactly(after).startswith(DESCRIPTOR):
            raise NotOurs("an entry has no end")


def _is_large(extra: bytes) -> bool:
    at = 0
    while at + FIELD.size <= len(extra):
        number, size = FIELD.unpack_from(extra, at)
        if number == LARGE:
            return True
        at += FIELD.size + size
    return False


def _unpacked(source: _Source) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    while not unpacking.eof:
        block = source.some()
        while block and not unpacking.eof:
            if plain := unpacking.decompress(block, 1 << 16):
                yield plain
            block = unpacking.unconsumed_tail
    source.back(unpacking.unused_data)


def lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of an entry, each with its end."""
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest

"""The body of an answer as it arrives, unpacked no further than its limit: a few bytes can stand for gigabytes."""

import zlib
from collections.abc import Iterable, Iterator

from connectors.contract.base import SourceDown, SourceGarbage

_GZIP_OR_ZLIB = 47  # zlib's word for: whichever of the two it is


def unpacked(parts: Iterable[bytes], encoding: str, most: int) -> Iterator[bytes]:
    """The parts without their content encoding. Raises SourceGarbage beyond `most` bytes, SourceDown where cut off."""
    match encoding.strip().lower():
        case "" | "identity":
            found: Iterable[bytes] = parts
        case "gzip" | "x-gzip" | "deflate":
            found = _inflated(parts, most)
        case other:
            raise SourceGarbage("encoding", f"an answer packed as {other[:20]}, which was not asked for")
    room = most
    for part in found:
        room -= len(part)
        if room < 0:
            raise SourceGarbage("too-big", f"an answer over {most} bytes")
        yield part


def _inflated(parts: Iterable[bytes], most: int) -> Iterator[bytes]:
    stream, begun = zlib.decompressobj(_GZIP_OR_ZLIB), False
    try:
        for part in parts:
            rest = part
            while rest:
                if stream.eof:  # another member follows
                    stream = zlib.decompressobj(_GZIP_OR_ZLIB)
                # One byte beyond what is allowed is enough to tell.
                yield stream.decompress(rest, most + 1)
                begun, rest = True, stream.unconsumed_tail or stream.unused_data
    except zlib.error:
        raise SourceDown("dropped", "packed wrongly") from None
    if begun and not stream.eof:
        raise SourceDown("dropped", "cut off")

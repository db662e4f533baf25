"""Which bytes of a file a call asks for (RFC 9110, sections 13.1.5 and 14)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ONE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.ASCII | re.IGNORECASE)
DIGITS = 18  # more than any file has, and no number to compute with for long


class Unsatisfiable(ValueError):
    """No byte of the file is among those that are asked for."""


@dataclass(frozen=True)
class Span:
    """Bytes ``first`` to ``last`` of a file of ``size``, both counted from 0 and both in it."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def said(self) -> str:
        """As Content-Range has it."""
        return f"bytes {self.first}-{self.last}/{self.size}"


def span_of(asked: str, size: int, *, if_range: str = "", etag: str = "") -> Span | None:
    """The part that is asked for; None for the whole file. Raises Unsatisfiable.

    The whole is right wherever a range can't be read, names several parts, or is of a file that is another by now:
    whoever asks can use it.
    """
    if not (found := ONE.fullmatch(asked)) or (if_range and if_range != etag):
        return None
    first, last = found.groups()
    if max(len(first), len(last)) > DIGITS or not (first or last):
        return None
    if not first:
        begin, end = max(size - int(last), 0), size - 1
        if not int(last):
            raise Unsatisfiable
    else:
        begin, end = int(first), min(int(last or size), size - 1)
        if last and int(last) < int(first):
            return None
    if begin >= size:
        raise Unsatisfiable
    return Span(begin, end, size)


def part(blocks: Iterable[bytes], span: Span) -> Iterator[bytes]:
    """Those bytes, as the blocks go by; what comes after them is not read."""
    at = 0
    for block in blocks:
        start, end = max(span.first - at, 0), span.last + 1 - at
        at += len(block)
        if start < len(block):
            yield block[start:end]
        if at > span.last:
            return

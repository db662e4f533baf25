"""Text files as records: where one ends, and what every layout of them can do."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from connectors.contract.base import PAGE_BYTES, SourceGarbage
from connectors.description.parts import Strategy

Row = dict[str, object]
BOM = b"\xef\xbb\xbf"


def records(blocks: Iterable[bytes], *, quoted: bool) -> Iterator[bytes]:
    """The records of a text, each with its line end; a line end between quotes is none. Raises SourceGarbage."""
    begun, within = list[bytes](), False  # the parts of a record, and whether their quotes are still open
    for block in blocks:
        *whole, last = block.split(b"\n")
        for line in whole:
            begun.append(line + b"\n")
            # A quote within quotes is written twice, so that an even number of them changes nothing.
            within ^= quoted and line.count(b'"') % 2 == 1
            if not within:
                yield b"".join(begun)
                begun.clear()
        begun.append(last)
        within ^= quoted and last.count(b'"') % 2 == 1
        # A quote that nobody closes would take up the rest of the file.
        if sum(map(len, begun)) > PAGE_BYTES:
            raise SourceGarbage("not-readable", "a line without an end")
    if rest := b"".join(begun):
        yield rest


class Layout(Protocol):
    """How one file writes its rows."""

    def row(self, record: bytes) -> Row | None:
        """The columns of a record; None for a line with nothing in it. Raises SourceGarbage."""

    def line(self, record: bytes, row: Row, columns: tuple[str, ...]) -> bytes:
        """The record as a JSON line, whole or these columns of it."""

    def text(self, record: bytes, row: Row, name: str) -> str | None:
        """A column as it is written, every digit of it; None where there is nothing."""

    def rewritten(self, record: bytes, ways: Mapping[str, Strategy], hash_key: bytes) -> bytes:
        """The record with these columns anonymised, and all else as it was."""

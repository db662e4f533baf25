"""Text files as records: where one ends, and what every layout of them can do."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from connectors.base import PAGE_BYTES, SourceGarbage
from connectors.parts import Strategy

Row = dict[str, object]
Folders = Mapping[str, str | None]
BOM = b"\xef\xbb\xbf"


def records(blocks: Iterable[bytes], *, quoted: bool) -> Iterator[bytes]:
    """The records of a text, each with its line end; a line end between quotes is none. Raises SourceGarbage."""
    rest = b""
    for block in blocks:
        *whole, last = (rest + block).split(b"\n")
        begun = b""
        for line in whole:
            begun += line + b"\n"
            if not quoted or begun.count(b'"') % 2 == 0:
                yield begun
                begun = b""
        rest = begun + last
        if len(rest) > PAGE_BYTES:
            raise SourceGarbage("not-readable", "a line without an end")
    if rest:
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

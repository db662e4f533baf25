"""A file's bytes as they come, held against what they ought to be."""

from collections.abc import Iterable, Iterator

from exports.answer.read_back.problem import ReadBack


class Beside:
    """What is left of a file. ``name``: its own, for whoever reads what is wrong."""

    def __init__(self, name: str, blocks: Iterable[bytes]) -> None:
        self.name = name
        self._blocks: Iterator[bytes] = iter(blocks)
        self._rest, self._at = b"", 0

    def goes_on(self, block: bytes) -> bool:
        """Whether it goes on with these bytes, which it has left behind then."""
        self._fill(len(block))
        if not self._rest.startswith(block, self._at):
            return False
        self._at += len(block)
        return True

    def must_go_on(self, block: bytes, first: int, singly: Iterable[bytes] = ()) -> None:
        """Raises ReadBack unless it goes on with these rows, of which the first has this number.

        ``singly``: the same bytes row by row, to say which of them is other; none where it is one row.
        """
        if self.goes_on(block):
            return
        other = next((number for number, row in enumerate(singly, first) if not self.goes_on(row)), first)
        raise ReadBack("cell" if self._fill(1) else "rows", self.name, other)

    def row(self) -> bytes:
        """The next row of JSON; the comma or the line's end behind it stays. Nothing at its end."""
        while (end := self._rest.find(b"\n", self._at)) < 0 and self._fill(len(self._rest) - self._at + 1):
            pass
        found = self._rest[self._at : end if end >= 0 else None].rstrip(b",")
        self._at += len(found)
        return found

    def must_end(self, rows: int) -> None:
        """Raises ReadBack where there is something behind so many rows."""
        if self._fill(1):
            raise ReadBack("rows", self.name, rows + 1)

    def _fill(self, size: int) -> bool:
        """Whether there are so many bytes."""
        if len(self._rest) - self._at < size:
            parts = [self._rest[self._at :]]
            left = size - len(parts[0])
            while left > 0 and (block := next(self._blocks, b"")):
                parts.append(block)
                left -= len(block)
            self._rest, self._at = b"".join(parts), 0
        return len(self._rest) - self._at >= size

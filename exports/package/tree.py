"""Merkle trees as RFC 6962 hashes them: leaves and inner nodes apart, so that none can be passed off as the other."""

import hashlib
from collections.abc import Sequence

ROWS = 1000  # lines in a leaf of a data file


class Leaves:
    """The leaves of a file that goes by in blocks of any size: each has so many lines, the last one the rest."""

    def __init__(self, lines: int = ROWS) -> None:
        self._lines, self._whole = 0, lines
        self._open = _leaf()
        self._begun = False
        self._hashes: list[bytes] = []

    def update(self, block: bytes) -> None:
        start = 0
        while self._lines + block.count(b"\n", start) >= self._whole:
            end = start
            for _ in range(self._whole - self._lines):
                end = block.index(b"\n", end) + 1
            self._open.update(block[start:end])
            self._close()
            start = end
        if start < len(block):
            self._open.update(block[start:])
            self._lines += block.count(b"\n", start)
            self._begun = True

    def hashes(self) -> list[bytes]:
        """Of the leaves, once all has gone by."""
        if self._begun:
            self._close()
        return self._hashes

    def _close(self) -> None:
        self._hashes.append(self._open.digest())
        self._open, self._lines, self._begun = _leaf(), 0, False


def _leaf() -> "hashlib._Hash":
    return hashlib.sha256(b"\0")


def leaf(content: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + content).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over these leaves; of none, the hash of nothing."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    left = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(hashes[:left]) + root(hashes[left:])).digest()

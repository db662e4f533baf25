"""A file while it is being uploaded: of any size, never whole in memory and never readable on a disk."""

import os
from collections.abc import Iterator
from hashlib import sha256
from tempfile import TemporaryFile

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

BLOCK = 262_144


class Upload:
    """Bytes that are written once and can be read again and again, enciphered with a key that only lives here."""

    def __init__(self, content: bytes = b"") -> None:
        self._key, self._start = os.urandom(32), os.urandom(16)
        self._file = TemporaryFile()  # noqa: SIM115 - it lives as long as the upload
        self._hash, self.size = sha256(), 0
        self._out = self._cipher()
        if content:
            self.write(content)

    def _cipher(self) -> CipherContext:
        # Counter mode runs the same in both directions; nobody but this process ever sees the file.
        return Cipher(algorithms.AES(self._key), modes.CTR(self._start)).encryptor()

    def write(self, data: bytes) -> None:
        """Add to the end."""
        self._hash.update(data)
        self.size += len(data)
        self._file.write(self._out.update(data))

    @property
    def digest(self) -> str:
        """SHA-256 of all that was written."""
        return self._hash.hexdigest()

    def blocks(self) -> Iterator[bytes]:
        """The bytes from the beginning, a block at a time."""
        self._file.flush()
        cipher, at = self._cipher(), 0
        # By an offset of its own, so that writing goes on at the end.
        while block := os.pread(self._file.fileno(), BLOCK, at):
            at += len(block)
            yield cipher.update(block)

    def close(self) -> None:
        """Nothing is left of it."""
        self._file.close()

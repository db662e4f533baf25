"""A file of any size on its way into the vault: sealed as it is written, stored as it is sealed.

Nothing of it passes through a temporary file or stands whole in memory.
"""

import hashlib
import os
import threading
from contextlib import suppress
from io import BufferedReader, FileIO

import pyrage
from django.core.files.base import File
from django.core.files.storage import Storage

# What a pipe holds on Linux.
PIPE_BLOCK = 1 << 16


class Abandoned(Exception):
    """Whoever wrote the file gave it up; half of it is not stored."""


class _Ciphertext(BufferedReader):
    """What comes out of the sealing; its end raises where the sealing failed, so that no half file is kept."""

    def __init__(self, handle: int, failures: list[BaseException]) -> None:
        super().__init__(FileIO(handle), PIPE_BLOCK)
        self._failures = failures

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if self._failures:
            raise Abandoned
        return data


class SealedWriter:
    """A file to write plain bytes to; ciphertext alone reaches the storage. Counts and hashes what was written.

    ``close`` stores it, and raises what went wrong; ``abandon`` leaves nothing.
    """

    def __init__(self, public: pyrage.x25519.Recipient, storage: Storage, name: str) -> None:
        self._hash, self.bytes = hashlib.sha256(), 0
        self._failures: list[BaseException] = []
        plain, plain_end = os.pipe()
        sealed, sealed_end = os.pipe()
        self._pipe = os.fdopen(plain_end, "wb", buffering=PIPE_BLOCK)
        # The library seals from file to file, and a storage reads from one: a thread for each.
        self._threads = [
            threading.Thread(target=self._seal, args=(plain, sealed_end, public), name="seal"),
            threading.Thread(target=self._store, args=(sealed, storage, name), name="store"),
        ]
        for thread in self._threads:
            thread.start()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.bytes += len(data)
        try:
            return self._pipe.write(data)
        except BrokenPipeError:
            # Nobody reads any more; closing says why.
            self.close()
            raise

    def flush(self) -> None:
        self._pipe.flush()

    @property
    def sha256(self) -> str:
        """Of the plain bytes."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Safe to repeat."""
        with suppress(BrokenPipeError):
            self._pipe.close()
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def abandon(self) -> None:
        """Safe after `close` as well, and then without effect."""
        self._failures.append(Abandoned())
        with suppress(BaseException):
            self.close()

    def _seal(self, plain: int, sealed: int, public: pyrage.x25519.Recipient) -> None:
        # The other end may be gone when the last block is flushed.
        with suppress(BrokenPipeError), os.fdopen(sealed, "wb") as sink:
            try:
                with os.fdopen(plain, "rb") as source:
                    pyrage.encrypt_io(source, sink, [public])
            except BaseException as error:  # noqa: BLE001 - handed to the writing thread
                self._failures.append(error)

    def _store(self, sealed: int, storage: Storage, name: str) -> None:
        with _Ciphertext(sealed, self._failures) as ciphertext:
            try:
                storage.save(name, File(ciphertext, name=name))
            except BaseException as error:  # noqa: BLE001 - handed to the writing thread
                self._failures.append(error)

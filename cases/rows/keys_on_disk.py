"""Row keys to compare others with, as hashes on disk: memory does not grow with them."""

import sqlite3
from collections.abc import Iterable
from hashlib import blake2b
from secrets import token_bytes

from connectors.contract.base import Key


class KeysOnDisk:
    """A set of row keys, each with or without a mark."""

    def __init__(self) -> None:
        # Bare hashes of telephone numbers could be guessed; with a secret that is never written down they can't.
        self._secret = token_bytes(16)
        # Without a name it is a temporary file, gone when it is closed. Nothing of it has to outlive a crash, so that
        # journal and syncing would be for nothing.
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;"
            "CREATE TABLE known (hash BLOB PRIMARY KEY, marked INTEGER) WITHOUT ROWID; BEGIN"
        )

    def close(self) -> None:
        self._file.close()

    def add(self, keys: Iterable[Key], *, marked: bool = False) -> None:
        self._file.executemany(
            "INSERT OR REPLACE INTO known VALUES (?, ?)", ((self._hash(key), marked) for key in keys)
        )

    def marked(self, key: Key) -> bool | None:
        """None for one that is not among them."""
        found = self._file.execute("SELECT marked FROM known WHERE hash = ?", [self._hash(key)]).fetchone()
        return bool(found[0]) if found else None

    def __contains__(self, key: Key) -> bool:
        return self.marked(key) is not None

    def _hash(self, key: Key) -> bytes:
        return blake2b(repr(key).encode(), key=self._secret, digest_size=16).digest()

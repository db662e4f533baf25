"""A file while it is being uploaded: of any size, sealed into the vault as it comes, never readable on a disk."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pyrage
from django.utils import timezone

from cases.sealed import leftovers, vault
from cases.sealed.sealing import SealedWriter

INCOMING = "incoming"
# Longer than any upload takes.
DAY = timedelta(days=1)


class Upload:
    """Bytes that are written once, and then can be read again and again until it is closed.

    They are sealed to a key that only this process has, for whatever becomes of them is sealed under a case's.
    """

    def __init__(self, content: bytes | None = None) -> None:
        self._key, self._name = pyrage.x25519.Identity.generate(), f"{INCOMING}/{uuid4().hex}"
        self._sealing = SealedWriter(self._key.to_public(), vault.storage(), self._name)
        if content is not None:
            self.write(content)

    def write(self, data: bytes) -> None:
        """Add to the end."""
        self._sealing.write(data)

    @property
    def size(self) -> int:
        return self._sealing.bytes

    @property
    def digest(self) -> str:
        """SHA-256 of all that was written."""
        return self._sealing.sha256

    def blocks(self) -> Iterator[bytes]:
        """The bytes from the beginning, a block at a time; nothing can be added any more."""
        self._sealing.close()
        return vault.unsealed_by(self._key, self._name)

    def close(self) -> None:
        """Nothing is left of it. Safe to repeat."""
        self._sealing.abandon()
        # What was done with it is done, whether or not the vault lets go of it: `purge` comes back for it.
        leftovers.end(self._name)


def purge() -> None:
    """End what a process that was killed left behind; nobody can open it any more."""
    for folder in (INCOMING, vault.PROBES):
        with suppress(FileNotFoundError):
            for name, stored_at in vault.names(folder):
                if stored_at < timezone.now() - DAY:
                    leftovers.end(name)

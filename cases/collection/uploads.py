"""A file while it is handed over: of any size, sealed into the vault as it comes, never readable on a disk."""

from collections.abc import Iterator
from uuid import uuid4

from cases.models import Run
from cases.models.keys import KeyUse
from cases.sealed import vault

HEAD = 262_144  # bytes, enough to tell what kind of file it is


class Upload:
    """Bytes that are written once, finished, and then can be read again and again, until they are closed.

    They are sealed under the key of the case's rows: what is kept stays where it lies (`kept`), and what a process that
    was killed leaves behind ends with the case's key.
    """

    def __init__(self, run: Run, content: bytes | None = None) -> None:
        self._case, self.head, self.kept = run.case, b"", False
        self.name = f"cases/{run.case_id}/collected/{run.pk}-handed-{uuid4().hex}"
        self._sealing = vault.sealing(run.case, KeyUse.COLLECTED, self.name)
        if content is not None:
            self.write(content)
            self.finish()

    def write(self, data: bytes) -> None:
        """Add to the end."""
        self.head += data[: HEAD - len(self.head)]
        self._sealing.write(data)

    def finish(self) -> None:
        """That was all of it. Raises what storing it raised."""
        self._sealing.close()

    @property
    def size(self) -> int:
        return self._sealing.bytes

    @property
    def digest(self) -> str:
        """SHA-256 of all that was written."""
        return self._sealing.sha256

    def blocks(self) -> Iterator[bytes]:
        """The bytes from the beginning, a block at a time."""
        return vault.unsealed_stream(self._case, KeyUse.COLLECTED, self.name)

    def close(self) -> None:
        """Nothing is left of it, unless it was kept. Safe to repeat."""
        self._sealing.abandon()
        if not self.kept:
            vault.delete(self.name)

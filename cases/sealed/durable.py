"""Where the vault lies: a file system, or a bucket.

A file is on the disk, whole, when it is stored: a power cut takes none that the database believes in.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from storages.backends.s3 import S3Storage

PART = 8_000_000  # bytes of an object that are fetched at once


class DurableFiles(FileSystemStorage):
    """The vault on a file system. A name holds all of the old content or all of the new, whatever happens."""

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        path = Path(self.path(name))
        _make(path.parent)
        # Beside its place, so that putting it there is one rename.
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                for block in content.chunks():
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            Path(partial).replace(path)
        except BaseException:
            # Whatever stops it, half a file is not left behind.
            with suppress(OSError):
                Path(partial).unlink()
            raise
        # A rename is on the disk only when its folder is.
        _sync(path.parent)
        return name

    def below(self, under: str) -> Iterator[tuple[str, datetime]]:
        """Names and times of storing. Of a folder that is gone meanwhile there is nothing to tell."""
        with os.scandir(self.path(under)) as entries:
            for entry in entries:
                name = f"{under}/{entry.name}".lstrip("/")
                with suppress(FileNotFoundError):
                    if entry.is_dir(follow_symlinks=False):
                        yield from self.below(name)
                    else:
                        yield name, datetime.fromtimestamp(entry.stat().st_mtime, UTC)


def _make(folder: Path) -> None:
    """The folder and those above it, each written down in the one above."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Objects(S3Storage):  # type: ignore[misc]
    """The vault in a bucket, read a part at a time: the library would keep a whole object in memory."""

    def _open(self, name: str, mode: str = "rb") -> File:  # type: ignore[type-arg]
        # Raises FileNotFoundError, as reading a file does.
        stored = super()._open(name, mode).obj
        return File(BufferedReader(_Parts(stored), PART), name)

    def below(self, under: str) -> Iterator[tuple[str, datetime]]:
        """Names and times of storing, fetched a thousand at a time."""
        root = f"{self.location.strip('/')}/".lstrip("/")
        for stored in self.bucket.objects.filter(Prefix=f"{root}{under}/" if under else root):
            yield stored.key.removeprefix(root), stored.last_modified


class _Parts(RawIOBase):
    """An object's bytes, each part asked for by its own call: no connection waits for a reader who takes long."""

    def __init__(self, stored: Any) -> None:
        self._stored, self._at = stored, 0

    def readable(self) -> bool:
        return True

    def readall(self) -> bytes:
        # The inherited one asks for eight kilobytes at a time.
        return b"".join(iter(lambda: self.read(PART) or b"", b""))

    def readinto(self, buffer: Any) -> int:
        end = min(self._at + len(buffer), self._stored.content_length)
        if self._at >= end:
            return 0
        # With its hash, so that an object replaced meanwhile is not read in two halves.
        part = self._stored.get(Range=f"bytes={self._at}-{end - 1}", IfMatch=self._stored.e_tag)
        content = part["Body"].read()
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

"""Files that are on the disk, whole, when they are stored: a power cut takes none that the database believes in."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


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

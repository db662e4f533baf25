"""Where the files lie: listing them, knowing whether one has changed, and putting a new one in its place."""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import fsspec

from connectors.contract.base import SourceDown, SourceMisconfigured
from connectors.description.config import FilesCollection, FilesSource
from connectors.description.secret import WEB_ADDRESS, is_web_address, resolve
from connectors.files.logged import refuse_tables
from connectors.files.resolving import Looked

_FOLDER = {
    "month": re.compile(r"/month=(\d{4}-\d{2})(?=/)"),
    "day": re.compile(r"/day=(\d{4}-\d{2}-\d{2})(?=/)"),
}
_DAY = timedelta(days=1)
_WORKPLACE = ".rewriting-"
_BLOCK = 1 << 20
_ELSEWHERE = "somebody else writes this file"


@dataclass(frozen=True)
class Storage:
    """The files below one place. `system` is the fsspec file system, `root` the place as that knows it."""

    system: Any
    root: str
    remote: bool

    @classmethod
    def of(cls, source: FilesSource, environ: Mapping[str, str]) -> "Storage":
        """The storage of a source, its secrets looked up. Raises SourceMisconfigured."""
        path = resolve(source.path, environ)
        if not path.startswith("s3://"):
            return cls.local(Path(path))
        login = {"key": source.access_key, "secret": source.secret_key, "endpoint_url": source.endpoint}
        options = {name: resolve(value, environ) for name, value in login.items() if value}
        if not is_web_address(options.get("endpoint_url", "https://s3")):
            raise SourceMisconfigured("url", f"`endpoint` {WEB_ADDRESS}")
        # Left to itself it reads 50 MB ahead.
        resolver = Looked(source.networks)
        system = fsspec.filesystem(
            "s3",
            default_block_size=_BLOCK,
            config_kwargs={"connector_args": {"resolver": resolver}},
            **options,
        )
        return cls(system, path.removeprefix("s3://").rstrip("/"), remote=True)

    def names(self, collection: FilesCollection) -> list[str]:
        """The files of a collection, relative to the root, sorted. Raises SourceMisconfigured if there is none.

        No file at all is a fault: a folder that is not mounted must not read as "nothing held".
        """
        # Listings are remembered, and files come and go between two pages.
        self.system.invalidate_cache()
        try:
            listed = self.system.glob(f"{self.root}/{collection.table}")
        except ValueError:  # a pattern that is none, or no bucket to look in
            raise SourceMisconfigured("no-files", f"{collection.table} can't be looked for") from None
        # The workplace of a rewriting is no file of the collection.
        found = [one for one in listed if f"/{_WORKPLACE}" not in one]
        if not found:
            if not self.system.exists(self.root):
                raise SourceMisconfigured("path", "the folder is not there")
            raise SourceMisconfigured("no-files", f"nothing matches {collection.table}")
        self._refuse_outside(found)
        refuse_tables(self.system, found, remote=self.remote)
        return [str(name)[len(self.root) + 1 :] for name in sorted(found)]

    def _refuse_outside(self, names: Iterable[str]) -> None:
        """Raises SourceMisconfigured: whoever may put files into a folder may not have others read, or written anew."""
        if self.remote:
            return
        root = Path(self.root).resolve()
        if not all(Path(name).resolve().is_relative_to(root) for name in names):
            raise SourceMisconfigured("outside", "a link or a path leads out of the folder")

    @classmethod
    def local(cls, folder: Path) -> "Storage":
        """A folder of this machine."""
        return cls(fsspec.filesystem("file"), str(folder.absolute()), remote=False)

    def reading(self, name: str) -> BinaryIO:
        """The file, open to read; closes with its `with`."""
        found: BinaryIO = self.system.open(f"{self.root}/{name}", "rb")
        return found

    @contextmanager
    def at_hand(self, name: str, folder: Path) -> Iterator[Path]:
        """The file on this machine; one in object storage is fetched into the folder meanwhile."""
        if not self.remote:
            yield Path(self.root, name)
            return
        fetched = folder / "fetched"
        with self.reading(name) as found, fetched.open("wb") as file:
            shutil.copyfileobj(found, file, _BLOCK)
        try:
            yield fetched
        finally:
            fetched.unlink()

    def address(self, name: str) -> str:
        """The file as DuckDB opens it."""
        return f"s3://{self.root}/{name}" if self.remote else f"{self.root}/{name}"

    def version(self, name: str) -> str:
        """Changes whenever the file does."""
        # What an object storage client remembers from listing is too old to tell.
        asked = {"refresh": True} if self.remote else {}
        return self._version(self.system.info(f"{self.root}/{name}", **asked))

    @staticmethod
    def _version(info: Mapping[str, Any]) -> str:
        # A file put in place by a rename has another inode, also where size and time are the same.
        return str(info.get("ETag") or f"{info['size']}-{info.get('ino')}-{info.get('mtime')}")

    def listed_version(self, name: str) -> str:
        """The same as of the last listing: object storage told it there, and is not asked for each object again."""
        return self._version(self.system.info(f"{self.root}/{name}")) if self.remote else self.version(name)

    def size(self, name: str) -> int:
        """In bytes, as stored."""
        return int(self.system.size(f"{self.root}/{name}"))

    @contextmanager
    def held(self, name: str, *, alone: bool) -> Iterator[None]:
        """Nobody of ours rewrites in the file's folder meanwhile; `alone`, nobody reads there either.

        Without it the later of two rewritings would bring back what the earlier took out.
        """
        # Object storage knows no locks; there the server compares versions when the new file is put back.
        if self.remote:
            yield
            return
        folder = os.open(Path(self.root, name).parent, os.O_RDONLY)
        try:
            # The folder, since a lock on the file would stay with the old one when the new one takes its place.
            fcntl.flock(folder, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield
        finally:
            os.close(folder)

    @contextmanager
    def replacement(self, name: str) -> Iterator[Path]:
        """A path to write the new content to. It takes the file's place, whole or not at all, on a clean exit.

        The caller holds the file alone; where somebody else wrote it meanwhile, theirs stays. Raises SourceDown.
        """
        before = self.version(name)
        with self._workplace(name) as part:
            yield part
            if self.version(name) != before:
                raise SourceDown("file-changed", _ELSEWHERE)
            self._put(part, name, before)

    @contextmanager
    def _workplace(self, name: str) -> Iterator[Path]:
        # Beside the file, since a rename is only atomic within one file system.
        beside = None if self.remote else Path(self.root, name).parent
        for left in beside.glob(f"{_WORKPLACE}*") if beside else ():
            shutil.rmtree(left)  # of one that was killed: whoever writes here now is alone
        with tempfile.TemporaryDirectory(prefix=_WORKPLACE, dir=beside) as folder:
            yield Path(folder, Path(name).name)

    def _put(self, part: Path, name: str, before: str) -> None:
        if self.remote:
            self._upload(part, name, before)
            return
        target = Path(self.root, name)
        # On the disk before it takes the place, and the change of place after it.
        _flush(part)
        # Whoever could read the old file reads the new one.
        shutil.copymode(target, part)
        # Only root gives files away; else it stays ours.
        with suppress(PermissionError):
            os.chown(part, target.stat().st_uid, target.stat().st_gid)
        part.replace(target)
        _flush(target.parent)

    def _upload(self, part: Path, name: str, before: str) -> None:
        """Streamed, up to S3's 5 GB. The server compares versions too, for two may come at once."""
        bucket, _, key = f"{self.root}/{name}".partition("/")
        try:
            with part.open("rb") as body:
                self.system.call_s3("put_object", Bucket=bucket, Key=key, Body=body, IfMatch=before)
        except OSError as error:
            told = getattr(error.__cause__, "response", {}).get("Error", {}).get("Code")
            if told in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise SourceDown("file-changed", _ELSEWHERE) from None
            raise


def span(collection: FilesCollection, name: str) -> tuple[datetime, datetime] | None:
    """The naive local time a file can hold by the name of its folder, a day wider on either side; or None."""
    found = _FOLDER[collection.partition].search(f"/{name}") if collection.partition else None
    if found is None:
        return None
    try:
        start = date.fromisoformat(f"{found[1]}-01"[:10])
    except ValueError:
        return None
    end = start + _DAY if collection.partition == "day" else (start.replace(day=1) + 32 * _DAY).replace(day=1)
    # Whoever sorted rows into folders may have gone by another time zone.
    return _midnight(start - _DAY), _midnight(end + _DAY)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Where checkpoints lie: a folder, best on another machine, or a bucket with object lock. Written once, for good."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

import boto3
from django.conf import settings


class Place(Protocol):
    """Names are `operator/file`. OSError, or an error of the store's, where it can't be reached."""

    def has(self, name: str) -> bool: ...

    def read(self, name: str) -> bytes | None:
        """As it was written first; None where there is none."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Whatever lies there already stays."""
        ...

    def operators(self) -> set[str]:
        """Whose checkpoints are here."""
        ...

    def all(self, operator: str) -> Iterator[tuple[str, bytes]]:
        """Names and contents in the order of names, each as it was written first."""
        ...


def place() -> Place:
    """The place that DSAR_ANCHORS names."""
    where: str = settings.ANCHORS
    return Bucket(where) if where.startswith("s3://") else Folder(Path(where))


class Folder:
    """Files that their writer may not change; a link makes each appear whole, and never in place of another."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def has(self, name: str) -> bool:
        return (self._path / name).exists()

    def read(self, name: str) -> bytes | None:
        return (self._path / name).read_bytes() if self.has(name) else None

    def write(self, name: str, content: bytes) -> None:
        path = self._path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=".new-") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o444)
            try:
                os.link(file.name, path)
            except FileExistsError:
                return  # another worker was faster

    def operators(self) -> set[str]:
        return {path.name for path in self._path.iterdir() if path.is_dir()} if self._path.is_dir() else set()

    def all(self, operator: str) -> Iterator[tuple[str, bytes]]:
        for path in sorted((self._path / operator).glob("*.json")):
            yield f"{operator}/{path.name}", path.read_bytes()


class Bucket:
    """Objects of a bucket with versions: what was put over one, or hides it, leaves the first version readable."""

    def __init__(self, url: str) -> None:
        bucket, _slash, prefix = url.removeprefix("s3://").partition("/")
        self._bucket, self._prefix = bucket, prefix.rstrip("/") + "/" if prefix else ""
        self._client = boto3.client("s3", endpoint_url=settings.ANCHORS_S3_ENDPOINT or None)

    def has(self, name: str) -> bool:
        return bool(self._first(name))

    def read(self, name: str) -> bytes | None:
        version = self._first(name).get(name)
        return self._content(name, version) if version else None

    def write(self, name: str, content: bytes) -> None:
        if not self.has(name):
            # How long it can't be deleted is a default of the bucket's, so that the desk can't choose it.
            self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=content)

    def operators(self) -> set[str]:
        return {name.partition("/")[0] for name in self._first("")}

    def all(self, operator: str) -> Iterator[tuple[str, bytes]]:
        for name, version in sorted(self._first(f"{operator}/").items()):
            yield name, self._content(name, version)

    def _content(self, name: str, version: str) -> bytes:
        found = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name, VersionId=version)
        content: bytes = found["Body"].read()
        return content

    def _first(self, start: str) -> dict[str, str]:
        """Names that begin so, and the id of the oldest version of each."""
        oldest: dict[str, Any] = {}
        pages = self._client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + start):
            for one in page.get("Versions", ()):
                name = one["Key"].removeprefix(self._prefix)
                # Newest first, and of two in the same second the later in the list is the older.
                if name not in oldest or one["LastModified"] <= oldest[name]["LastModified"]:
                    oldest[name] = one
        return {name: one["VersionId"] for name, one in oldest.items()}

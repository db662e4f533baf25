"""Opens a delivered package as the person who got it would, and reads it back."""

import hashlib
import io
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zipfile import ZipFile

from pypdf import PdfReader

from demo.walk.truth import Keys, key_columns, written

MASK = "•••"  # as readme.txt explains it


class PackageError(Exception):
    """The package is not what it says it is."""


@dataclass(frozen=True)
class Package:
    """A downloaded zip. `parts` are the names `source-collection` that it can hold rows of."""

    content: bytes
    parts: frozenset[str] = frozenset()

    @cached_property
    def archive(self) -> ZipFile:
        return ZipFile(io.BytesIO(self.content))

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Raises PackageError if a file is missing, added or changed against the manifest's hashes."""
        manifest: dict[str, Any] = json.loads(self.archive.read("manifest.json"))
        listed = {file["name"]: file["sha256"] for file in manifest["files"]}
        present = {
            name: hashlib.sha256(self.archive.read(name)).hexdigest() for name in self.archive.namelist()
        }
        present.pop("manifest.json")
        if listed != present:
            raise PackageError("the manifest's hashes and the files differ")
        return manifest

    @cached_property
    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """`source-collection` -> its rows."""
        names = [
            file["name"]
            for file in self.manifest["files"]
            if file["name"].startswith("data/") and file["name"].endswith(".json")
        ]
        return {self._part(name): json.loads(self.archive.read(name)) for name in names}

    def _part(self, name: str) -> str:
        stem = name.removeprefix("data/").removesuffix(".json")
        found = [part for part in self.parts if stem == part or stem.endswith(f"-{part}")]
        if not found:
            raise PackageError(f"{name} is of no source that we know")
        return max(found, key=len)

    @cached_property
    def letter(self) -> str:
        """The text of the letter, with plain spaces."""
        pages = PdfReader(io.BytesIO(self.archive.read("letter.pdf"))).pages
        return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))

    @cached_property
    def texts(self) -> dict[str, str]:
        """Every file as text without blanks and line breaks, so that nothing is missed where a line was broken."""
        read = {name: self._text(name) for name in self.archive.namelist()}
        return {name: "".join(text.split()) for name, text in (read | {"letter.pdf": self.letter}).items()}

    def _text(self, name: str) -> str:
        content = self.archive.read(name)
        if name.endswith(".xlsx"):
            with ZipFile(io.BytesIO(content)) as workbook:
                return "".join(workbook.read(part).decode() for part in workbook.namelist())
        return content.decode("utf-8", "replace")

    def cells(self, part: str) -> dict[str, dict[str, Any]]:
        """The rows of one part by their keys."""
        return {written(_key(part, row)): row for row in self.rows.get(part, [])}

    def keys(self) -> dict[str, Keys]:
        """`source-collection` -> the keys of its rows, as `truth` writes them."""
        return {name: frozenset(written(_key(name, row)) for row in rows) for name, rows in self.rows.items()}

    def letter_says(self, number: int) -> bool:
        """Whether this number stands in the letter, however thousands are set apart."""
        grouped = f"{number:,}".replace(",", r"[ .,]?")
        return re.search(rf"(?<!\d){grouped}(?!\d)", self.letter) is not None


def _key(stem: str, row: dict[str, Any]) -> tuple[Any, ...]:
    source, _, name = stem.partition("-")
    if source == "crm":
        return tuple(row[column] for column in key_columns(name.replace("-", "_")))
    return (row[{"consents": "consent_id", "preferences": "customer_no"}.get(name, "id")],)

"""Checks a package against its own manifest, with nothing but the file. Constant memory, no trust in what it claims."""

import csv
import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, Literal
from zipfile import BadZipFile, ZipFile

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from exports.package.xlsx import SHEET, row_lines
from exports.package.zipped import MANIFEST, files_sha256

CHUNK = 1 << 16
MANIFEST_LIMIT = 10_000_000


class ListedFile(BaseModel):
    """A file as the manifest lists it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Annotated[str, Field(pattern=r"^((data|attachments)/)?[a-z0-9][a-z0-9_.-]*$")]
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    rows: Annotated[int, Field(ge=0)] | None = None


class Manifest(BaseModel):
    """manifest.json of formats 3 and 2, and of format 1, which did not sum up the files."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1, 2, 3]
    reference: str
    operator: str
    right: str
    language: str
    dated: str
    files_sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] | None = None
    files: tuple[ListedFile, ...]


def problems(package: Path | IO[bytes]) -> Iterator[str]:
    """What does not agree, a line each; nothing at all for a whole package."""
    try:
        with ZipFile(package) as archive:
            yield from _problems(archive)
    except (
        BadZipFile,
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        zlib.error,
    ) as error:
        # All of these come from what is no whole zip.
        yield f"cannot be read: {type(error).__name__}"


def _problems(archive: ZipFile) -> Iterator[str]:
    names = archive.namelist()
    if MANIFEST not in names:
        yield f"{MANIFEST} is missing"
        return
    try:
        with archive.open(MANIFEST) as opened:
            # A few bytes can unpack to any size; no manifest is larger than this.
            manifest = Manifest.model_validate_json(opened.read(MANIFEST_LIMIT))
    except ValidationError:
        yield f"{MANIFEST} is not a manifest"
        return
    listed = [file.name for file in manifest.files]
    yield from (f"{name} is there twice" for name in sorted({n for n in names if names.count(n) > 1}))
    yield from (f"{name} is not in the manifest" for name in sorted({*names} - {*listed, MANIFEST}))
    if manifest.format > 1 and manifest.files_sha256 != files_sha256(manifest.files):
        yield f"{MANIFEST} sums up other files than it lists"
    for file in manifest.files:
        yield from _file(archive, file) if file.name in names else [f"{file.name} is missing"]


def _file(archive: ZipFile, file: ListedFile) -> Iterator[str]:
    """One entry against its line: size and hash always, the number of rows for data."""
    digest, size = hashlib.sha256(), 0
    with archive.open(file.name) as opened:
        while chunk := opened.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if size > file.bytes:
                yield f"{file.name} is longer than {file.bytes} bytes"
                return
    if size != file.bytes:
        yield f"{file.name} has {size} bytes, not {file.bytes}"
    elif digest.hexdigest() != file.sha256:
        yield f"{file.name} has another content than when it was written"
    elif file.rows is not None and (rows := _rows(archive, file.name)) != file.rows:
        yield f"{file.name} has {rows} rows, not {file.rows}"


def _rows(archive: ZipFile, name: str) -> int:
    """Rows of a data file: lines between the brackets of JSON, records after the header of CSV."""
    with archive.open(name) as opened:
        if name.endswith(".json"):
            return sum(1 for line in opened if line.startswith(b"{"))
        if name.endswith(".xlsx"):
            return _rows_of_sheet(opened)
        csv.field_size_limit(1 << 24)
        records = csv.reader(io.TextIOWrapper(opened, encoding="utf-8-sig", newline=""), delimiter=";")
        return max(sum(1 for record in records) - 1, 0)


def _rows_of_sheet(opened: IO[bytes]) -> int:
    """A row is a line of the sheet; the first has the headings."""
    with ZipFile(opened) as workbook, workbook.open(SHEET) as sheet:
        return sum(1 for _line in row_lines(sheet))

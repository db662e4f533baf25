#!/usr/bin/env python3
"""Checks a package, or the receipt of a request, with nothing but the file and the operator's published keys.

    python3 verify.py FILE... --keys dsar-package-keys.json
    python3 verify.py FILE... --desk https://desk.example

Needs Python 3.9 and, for signatures, the package `cryptography`. Nothing else of the desk is needed, and nothing that
the file claims is believed. Status 0: proven; 1: something differs; 2: whole, and nothing shows by whom it was written.
"""

# A stranger's Python may be older than the desk's.
from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import sys
import urllib.request
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # pragma: no cover - hashes can be checked without it
    Ed25519PublicKey = None  # type: ignore[assignment, misc]

CHUNK = 1 << 16
# A few bytes can unpack to any size; nothing that is read whole is larger than this.
LIMIT = 50_000_000
KEYS = "/.well-known/dsar-package-keys.json"
MANIFEST, LETTER, README = "manifest.json", "letter.pdf", "readme.txt"
OUTSIDE = frozenset({LETTER, README, MANIFEST, "index.html", "schema.json", "register.json"})
SHEET = "xl/worksheets/sheet1.xml"
NAMED = ("format", "operator", "operator_id", "reference", "right", "language", "dated")
BROKEN = (
    BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zlib.error, RecursionError,
)  # fmt: skip
Said = dict[str, Any]


@dataclass
class Verdict:
    """What was found: ``faults``, a sentence each; ``notes``, what cannot be told. ``proven``: by a published key."""

    what: str = ""
    proven: bool = False
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Unfit(ValueError):
    """What is no manifest, receipt or list of keys."""


def check(file: Path | IO[bytes], keys: Sequence[Said] | None = None) -> Verdict:
    """``keys``: as the operator publishes them; without, a signature is held against the key that the file names."""
    verdict = Verdict()
    try:
        if _is_zip(file):
            with ZipFile(file) as archive:
                _package(archive, keys, verdict)
        else:
            _receipt(_read(file), keys, verdict)
    except Unfit as unfit:
        verdict.faults.append(str(unfit))
    except BROKEN as error:
        verdict.faults.append(f"cannot be read: {type(error).__name__}")
    verdict.proven = verdict.proven and not verdict.faults
    return verdict


def problems(package: Path | IO[bytes]) -> Iterator[str]:
    """What does not agree within a package, a line each; nothing at all for a whole one."""
    yield from check(package).faults


def _is_zip(file: Path | IO[bytes]) -> bool:
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return opened.read(1) != b"{"
    begun = file.read(1)
    file.seek(0)
    return begun != b"{"


def _read(file: Path | IO[bytes]) -> bytes:
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return opened.read(LIMIT)
    return file.read(LIMIT)


# Packages


def _package(archive: ZipFile, keys: Sequence[Said] | None, verdict: Verdict) -> None:
    names = archive.namelist()
    if MANIFEST not in names:
        raise Unfit(f"{MANIFEST} is missing")
    with archive.open(MANIFEST) as opened:
        manifest = _manifest(opened.read(LIMIT))
    files = manifest["files"]
    verdict.what = f"{manifest['reference']}, {manifest['operator']}, {manifest['dated']}"
    listed = [file["name"] for file in files]
    twice = sorted({name for name in names + listed if names.count(name) > 1 or listed.count(name) > 1})
    verdict.faults += [f"{name} is there twice" for name in twice]
    verdict.faults += [f"{name} is not in the manifest" for name in sorted({*names} - {*listed, MANIFEST})]
    if manifest["format"] > 1 and manifest.get("files_sha256") != files_sha256(files):
        verdict.faults.append(f"{MANIFEST} sums up other files than it lists")
    for file in files:
        verdict.faults += (
            _file(archive, file, manifest) if file["name"] in names else [f"{file['name']} is missing"]
        )
    if manifest["format"] < 3:
        if "signature" in manifest:
            verdict.faults.append(f"{MANIFEST} is signed, and says that it is of a format that was not")
        verdict.notes.append("packages of this format were not signed: nothing shows who wrote it")
    else:
        _trees(manifest, verdict)
        _signatures(manifest, keys, verdict)


def _manifest(content: bytes) -> Said:
    """The manifest, of the shape that is looked into further on."""
    try:
        manifest = _json(content)
        texts = [manifest[name] for name in ("reference", "operator", "dated")]
        lines = manifest["files"]
        whole = (
            manifest["format"] in (1, 2, 3)
            and all(isinstance(text, str) for text in texts)
            and isinstance(lines, list)
            and all(isinstance(line, dict) and _is_line(line) for line in lines)
            and (manifest["format"] < 3 or _is_signable(manifest))
        )
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise Unfit(f"{MANIFEST} is not a manifest")
    return manifest


def _is_line(line: Said) -> bool:
    numbers, name = [line["bytes"], line.get("rows", 0)], line["name"]
    return (
        isinstance(name, str)
        and name.isprintable()
        and "\\" not in name
        # Whoever unpacks it stays in the folder.
        and not {"", ".", ".."} & {*name.split("/")}
        and isinstance(line["sha256"], str)
        and all(type(number) is int and number >= 0 for number in numbers)
    )


def _is_signable(manifest: Said) -> bool:
    leaves = manifest["leaves"]
    return (
        isinstance(leaves, dict)
        and all(isinstance(hashes, list) and all(map(_is_hash, hashes)) for hashes in leaves.values())
        and type(manifest["lines_in_leaf"]) is int
        and manifest["lines_in_leaf"] > 0
        and all(name in manifest for name in (*NAMED, "root", "sources"))
    )


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _json(content: bytes) -> Said:
    """An object in which no name stands twice: readers differ on which of the two counts."""

    def once(pairs: list[tuple[str, Any]]) -> Said:
        if len(found := dict(pairs)) < len(pairs):
            raise ValueError("a name stands twice")
        return found

    read = json.loads(content, object_pairs_hook=once)
    if not isinstance(read, dict):
        raise ValueError("no object")
    return read


def files_sha256(files: Iterable[Mapping[str, Any]]) -> str:
    """As the letter names it: of what `sha256sum` prints for all files but those that speak of the others."""
    told = sorted((file for file in files if file["name"] not in OUTSIDE), key=lambda file: str(file["name"]))
    lines = [f"{file['sha256']}  {file['name']}\n" for file in told]
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else ""


def _file(archive: ZipFile, line: Said, manifest: Said) -> Iterator[str]:
    """One entry against its line: size and hash always, rows of data files, by their leaves where there are any."""
    name, size, digest = line["name"], 0, hashlib.sha256()
    told = manifest.get("leaves", {}).get(name)
    leaves = Leaves(manifest.get("lines_in_leaf", 1))
    with archive.open(name) as opened:
        while chunk := opened.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if told is not None:
                leaves.update(chunk)
            if size > line["bytes"]:
                yield f"{name} is longer than {line['bytes']} bytes"
                return
    if size != line["bytes"]:
        yield f"{name} has {size} bytes, not {line['bytes']}"
    elif digest.hexdigest() != line["sha256"]:
        yield f"{name} has another content than when it was written"
    elif "rows" in line and (rows := _rows(archive, name)) not in (None, line["rows"]):
        yield f"{name} has {rows} rows, not {line['rows']}"
    if told is not None:
        yield from _changed_rows(name, told, leaves.hashes(), manifest["lines_in_leaf"])


def _changed_rows(name: str, told: list[str], found: list[bytes], lines: int) -> Iterator[str]:
    for at in range(max(len(told), len(found))):
        if at >= len(told) or at >= len(found) or found[at].hex() != told[at]:
            yield f"{name}: lines {at * lines + 1:,} to {(at + 1) * lines:,} are others than were written"


def _rows(archive: ZipFile, name: str) -> int | None:
    """Rows of a data file: lines between the brackets of JSON, records after the headings else. None of another."""
    with archive.open(name) as opened:
        if name.endswith(".json"):
            return sum(1 for line in opened if line.startswith(b"{"))
        if name.endswith(".xlsx"):
            with ZipFile(opened) as workbook, workbook.open(SHEET) as sheet:
                # A row is a line; the first line has the headings too.
                return sum(1 for line in sheet if line.startswith(b"<row "))
        if not name.endswith(".csv"):
            return None
        csv.field_size_limit(1 << 24)
        records = csv.reader(io.TextIOWrapper(opened, encoding="utf-8-sig", newline=""), delimiter=";")
        return max(sum(1 for record in records) - 1, 0)


# Trees, as RFC 6962 hashes them


class Leaves:
    """Of a file that goes by in blocks: a hash for every so many lines."""

    def __init__(self, lines: int) -> None:
        self._each, self._lines, self._bytes = lines, 0, 0
        self._open = hashlib.sha256(b"\0")
        self._hashes: list[bytes] = []

    def update(self, block: bytes) -> None:
        for piece in _lines(block):
            self._open.update(piece)
            self._bytes += len(piece)
            self._lines += piece.endswith(b"\n")
            if self._lines == self._each:
                self._close()

    def hashes(self) -> list[bytes]:
        if self._bytes:
            self._close()
        return self._hashes

    def _close(self) -> None:
        self._hashes.append(self._open.digest())
        self._open, self._lines, self._bytes = hashlib.sha256(b"\0"), 0, 0


def _lines(block: bytes) -> Iterator[bytes]:
    # Not splitlines: a carriage return ends no line here.
    *whole, rest = block.split(b"\n")
    yield from (piece + b"\n" for piece in whole)
    yield rest


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over these leaves."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    left = 1
    while left * 2 < len(hashes):
        left *= 2
    return hashlib.sha256(b"\1" + root(hashes[:left]) + root(hashes[left:])).digest()


def _trees(manifest: Said, verdict: Verdict) -> None:
    lines = [_unsigned(line) for line in manifest["files"]]
    over = [hashlib.sha256(b"\0" + canonical(line)).digest() for line in lines]
    if root(over).hex() != manifest["root"]:
        verdict.faults.append(f"{MANIFEST}: its root is that of other files than it lists")
    for line in lines:
        told = manifest["leaves"].get(line["name"])
        if "rows_root" in line and (told is None or _root_of(told) != line["rows_root"]):
            verdict.faults.append(f"{line['name']}: its rows have another root than its line says")


def _root_of(told: list[str]) -> str:
    return root([bytes.fromhex(one) for one in told]).hex()


# Signatures


def canonical(said: object) -> bytes:
    """JSON in one way only: keys sorted, no blanks, text as it is, UTF-8."""
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _unsigned(said: Said) -> Said:
    return {name: value for name, value in said.items() if name != "signature"}


def _fits(purpose: str, said: object, key: object, signature: object) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(str(key)))
        public.verify(bytes.fromhex(str(signature)), f"{purpose}\n".encode() + canonical(said))
    except (ValueError, InvalidSignature):
        return False
    return True


def _signatures(manifest: Said, keys: Sequence[Said] | None, verdict: Verdict) -> None:
    if not _may_look(manifest, keys, verdict, manifest["dated"]):
        return
    key = manifest["key"]
    if _fits("dsar-package", _unsigned(manifest), key, manifest["signature"]):
        return
    verdict.proven = False
    verdict.faults.append(f"{MANIFEST} was changed after it was signed")
    verdict.faults += _what_changed(manifest, keys)


def _may_look(said: Said, keys: Sequence[Said] | None, verdict: Verdict, day: str) -> bool:
    """Whether there is a signature to look at; notes and faults say what its key is worth."""
    if "signature" not in said or "key" not in said:
        (verdict.notes if keys is None else verdict.faults).append(
            "it is not signed: nothing shows who wrote it"
        )
        return False
    if Ed25519PublicKey is None:
        verdict.notes.append("its signature was not checked: pip install cryptography, and run this again")
        return False
    if keys is None:
        verdict.notes.append(
            f"signed with {said['key']}; whose key that is, the operator's list says: --keys or --desk"
        )
    else:
        faults = list(_worth(said, keys, day))
        verdict.faults += faults
        verdict.proven = not faults
    return True


def _worth(said: Said, keys: Sequence[Said], day: str) -> Iterator[str]:
    """What speaks against the key, by the operator's list."""
    found = next((key for key in keys if key["key"] == said["key"]), None)
    if found is None:
        yield f"the key {said['key']} is none of those that were published: somebody else signed it"
        return
    if found["operator"] != said.get("operator_id"):
        yield f"it is signed with a key of {found['name']}, and says that it is of {said['operator']}"
    if found.get("withdrawn"):
        yield f"its key was withdrawn on {found['withdrawn']}: what it signed proves nothing"
    if day < found["from"] or day > (found.get("until") or day):
        yield f"it says that it is of {day}, when its key did not sign"


def _what_changed(manifest: Said, keys: Sequence[Said] | None) -> Iterator[str]:
    """By the lines, each of which is signed with its place: what was put in, changed, or taken out."""
    named = {name: manifest[name] for name in NAMED}
    lines = manifest["files"]
    fit = [
        line
        for line in lines
        if _fits(
            "dsar-package-file", {**named, "file": _unsigned(line)}, manifest["key"], line.get("signature")
        )
    ]
    if not fit:
        yield from _renamed(manifest, keys)
        return
    sound = [line["name"] for line in fit]
    places = {line["number"] for line in fit}
    for at, line in enumerate(lines, 1):
        if line["name"] in sound:
            continue
        # A line that was changed leaves its place empty; one that was put in finds none.
        number = line.get("number")
        added = number in places or number not in range(1, fit[0]["of"] + 1)
        yield f"{line['name']} was {'added' if added else 'replaced'} after the package was signed (line {at})"
    yield from _taken_out(fit, {line.get("number") for line in lines})
    if len(fit) == len(lines) == fit[0]["of"]:
        yield "its files are those that were signed; what else it says, such as of the sources that were asked, is not"


def _taken_out(fit: list[Said], there: set[Any]) -> Iterator[str]:
    after = {line["number"] - 1: line["after"] for line in fit}
    for number in range(1, fit[0]["of"] + 1):
        if number not in there:
            name = after.get(number) or f"file {number} of {fit[0]['of']}"
            yield f"{name} was taken out with its line"


def _renamed(manifest: Said, keys: Sequence[Said] | None) -> Iterator[str]:
    """No line fits what the manifest says it is about: then that was changed, if it was not all made up."""
    signs = next((key for key in keys or () if key["key"] == manifest["key"]), None)
    if signs and (signs["operator"], signs["name"]) != (manifest["operator_id"], manifest["operator"]):
        yield f"operator: it is of {signs['name']}, and says {manifest['operator']}"
    else:
        yield "reference, operator, right, language or day are others than were signed, or none of it was"


# Receipts


def _receipt(content: bytes, keys: Sequence[Said] | None, verdict: Verdict) -> None:
    try:
        receipt = _json(content)
        asked = ", ".join(f"{one['reference']} ({one['right']})" for one in receipt["requests"])
        received, operator, told = (str(receipt[name]) for name in ("received", "operator", "content_sha256"))
    except (ValueError, KeyError, TypeError):
        raise Unfit("is neither a package nor a receipt") from None
    verdict.what = f"{asked}, {operator}, {received}"
    said = {name: value for name, value in receipt.items() if name != "content"}
    if "content" not in receipt:
        verdict.notes.append("what was asked is not in it, only its hash")
    elif hashlib.sha256(canonical(receipt["content"])).hexdigest() != told:
        verdict.faults.append("what was asked is not what came in then")
    if _may_look(said, keys, verdict, received[:10]) and not _fits(
        "dsar-receipt", _unsigned(said), said["key"], said["signature"]
    ):
        verdict.proven = False
        verdict.faults.append("it was changed after it was signed, or never was")


# From the command line


def published(content: bytes) -> list[Said]:
    """The operator's list of keys. Raises Unfit."""
    try:
        keys: list[Said] = _json(content)["keys"]
        if not all(
            isinstance(key[name], str) for key in keys for name in ("key", "operator", "name", "from")
        ):
            raise ValueError("no key")
    except (ValueError, KeyError, TypeError):
        raise Unfit("that is no list of keys") from None
    return keys


def _keys(options: argparse.Namespace) -> list[Said] | None:
    if options.keys:
        return published(_read(options.keys))
    if options.desk:
        if not options.desk.startswith(("https://", "http://localhost", "http://127.0.0.1")):
            raise Unfit("--desk takes the address of the desk, https://...")
        with urllib.request.urlopen(options.desk.rstrip("/") + KEYS, timeout=30) as answer:  # noqa: S310 - https
            return published(answer.read(LIMIT))
    return None


def told(path: Path, verdict: Verdict) -> str:
    """The verdict in lines."""
    word = "NOT AS IT WAS WRITTEN" if verdict.faults else "proven" if verdict.proven else "whole, not proven"
    about = f" ({verdict.what})" if verdict.what else ""
    return "\n".join([f"{path}: {word}{about}", *(f"  {line}" for line in (*verdict.faults, *verdict.notes))])


def main(arguments: Sequence[str] | None = None) -> int:
    """The status: the worst of all files."""
    parser = argparse.ArgumentParser(description="Check packages and receipts of a data subject rights desk.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--keys", type=Path, help=f"the operator's list of keys, from {KEYS}")
    parser.add_argument("--desk", help="the address of the desk, to fetch that list from")
    options = parser.parse_args(arguments)
    try:
        keys = _keys(options)
    except (Unfit, OSError) as error:
        print(f"the keys can't be read: {error}", file=sys.stderr)
        return 1
    status = 0
    for path in options.files:
        verdict = check(path, keys)
        print(told(path, verdict))
        found = 1 if verdict.faults else 0 if verdict.proven else 2
        status = 1 if 1 in (status, found) else max(status, found)
    return status


if __name__ == "__main__":
    sys.exit(main())

"""manifest.json: what a package holds and what was asked for it, signed as a whole and line by line (docs/package.md).

Every line is signed by itself too, with its place and the file before it: whoever changes the manifest along with the
files leaves the lines behind that tell which file it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Protocol

import orjson

from cases.casework.signing.statements import FILE, PACKAGE, canonical, statement
from exports.package import tree

FORMAT = 3
NAMED = ("format", "operator", "operator_id", "reference", "right", "language", "dated")
Said = dict[str, object]


class Signs(Protocol):
    """Who signs: the public key, 64 hexadecimal digits, and its signature of some bytes, 128."""

    @property
    def key(self) -> str: ...
    def sign(self, content: bytes) -> str: ...


class Listed(Protocol):
    """A file that was written: bytes before compression, ``leaves`` of a data file (`exports.package.tree`)."""

    @property
    def name(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def rows(self) -> int | None: ...


@dataclass(frozen=True, kw_only=True)
class PackageFacts:
    """What the package says of itself. ``dated`` is the day of the answer, and of every entry in the zip.

    ``sources``: each place that was asked and what came of it (`exports.answer.asked`).
    """

    reference: str
    operator: str
    right: str
    language: str
    dated: date
    operator_id: str = ""
    sources: Sequence[Mapping[str, object]] = field(default=())


def manifest(
    facts: PackageFacts,
    entries: Sequence[Listed],
    *,
    files_sha256: str,
    leaves: Mapping[str, Sequence[bytes]],
    signer: Signs | None,
) -> bytes:
    """The file. ``leaves``: by the name of a data file. Unsigned without a signer."""
    about: Said = {"format": FORMAT, **asdict(facts), "dated": facts.dated.isoformat()}
    named = {name: about[name] for name in NAMED}
    lines = [_line(entries, at, leaves) for at in range(len(entries))]
    root = tree.root([tree.leaf(canonical(line)) for line in lines]).hex()
    said: Said = {
        **about,
        "files_sha256": files_sha256,
        "root": root,
        "lines_in_leaf": tree.ROWS,
        "leaves": {name: [one.hex() for one in hashes] for name, hashes in leaves.items()},
        "files": lines,
    }
    if signer is not None:
        said |= {"key": signer.key, "files": [_signed(line, named, signer) for line in lines]}
        said["signature"] = signer.sign(statement(PACKAGE, said))
    return orjson.dumps(said, option=orjson.OPT_INDENT_2) + b"\n"


def _line(entries: Sequence[Listed], at: int, leaves: Mapping[str, Sequence[bytes]]) -> Said:
    entry = entries[at]
    line: Said = {"name": entry.name, "bytes": entry.bytes, "sha256": entry.sha256}
    if entry.rows is not None:
        line["rows"] = entry.rows
    if entry.name in leaves:
        line["rows_root"] = tree.root(leaves[entry.name]).hex()
    after = entries[at - 1].name if at else ""
    return {**line, "number": at + 1, "of": len(entries), "after": after}


def _signed(line: Said, named: Said, signer: Signs) -> Said:
    return {**line, "signature": signer.sign(statement(FILE, {**named, "file": line}))}

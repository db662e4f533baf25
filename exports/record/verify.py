"""Checks the record of a case with nothing but its file and, if there is one, the operator's published key."""

import hashlib
import json
import zlib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any, Literal
from zipfile import BadZipFile, ZipFile

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cases.casework.audit import linked
from cases.casework.record.checkpoint import Checkpoint, Unfit, opened

RECORD, PRINTED = "record.json", "record.pdf"
LIMIT = 200_000_000
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Entry(BaseModel):
    """One entry, as the chain hashes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: int
    at: str
    actor: str
    action: str
    data: dict[str, Any]
    previous: Sha256
    content_sha256: str
    sha256: Sha256


class Record(BaseModel):
    """record.json of format 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1]
    operator: str
    case: str
    taken: datetime
    key: Sha256
    pdf_sha256: Sha256
    entries: tuple[Entry, ...]
    links: dict[int, str]
    anchors: tuple[str, ...]


@dataclass
class Verdict:
    """What was found: faults, a sentence each; and what cannot be told from the file, which is no fault."""

    key: str = ""
    entries: int = 0
    anchors: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check(pack: Path | IO[bytes], key: str = "") -> Verdict:
    """``key``: the public key that the operator has published, 64 hexadecimal digits; else the one in the file."""
    try:
        with ZipFile(pack) as archive:
            with archive.open(RECORD) as file:
                record = Record.model_validate_json(file.read(LIMIT))
            with archive.open(PRINTED) as file:
                # A few bytes can unpack to any size.
                letter = file.read(LIMIT)
    except (BadZipFile, OSError, EOFError, KeyError, NotImplementedError, RuntimeError, zlib.error) as error:
        return Verdict(faults=[f"cannot be read: {type(error).__name__}"])
    except ValidationError:
        return Verdict(faults=[f"{RECORD} is not the record of a case"])
    verdict = Verdict(key or record.key, len(record.entries))
    if hashlib.sha256(letter).hexdigest() != record.pdf_sha256:
        verdict.faults.append(f"{PRINTED} has another content than when it was written")
    verdict.faults += _entries(record)
    anchors = list(_anchors(record, verdict))
    verdict.anchors = len(anchors)
    _tied(record, anchors, verdict)
    if not key:
        verdict.notes.append("the key is the file's own; compare it with the one the operator has published")
    return verdict


def _entries(record: Record) -> Iterator[str]:
    number, at = 0, ""
    for entry in record.entries:
        if entry.content_sha256 and (
            entry.content_sha256 != _content(record, entry)
            or entry.sha256 != linked(entry.previous, entry.content_sha256)
        ):
            yield f"entry {entry.number}: its content was changed"
        if entry.number <= number or datetime.fromisoformat(entry.at) < datetime.fromisoformat(
            at or entry.at
        ):
            yield f"entry {entry.number}: it stands before the one before it"
        number, at = entry.number, entry.at


def _content(record: Record, entry: Entry) -> str:
    said = [
        record.operator,
        "open",
        entry.number,
        entry.at,
        entry.actor,
        entry.action,
        record.case,
        entry.data,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _anchors(record: Record, verdict: Verdict) -> Iterator[Checkpoint]:
    for written in record.anchors:
        try:
            anchor = opened(b64decode(written), verdict.key)
        except (Unfit, ValueError) as error:
            verdict.faults.append(f"a checkpoint {error}")
            continue
        if (anchor.operator, anchor.stream) == (record.operator, "open"):
            yield anchor
        else:
            verdict.faults.append(f"checkpoint {anchor.name} is of another record")


def _tied(record: Record, anchors: list[Checkpoint], verdict: Verdict) -> None:
    """Follows the hashes from each entry to the first checkpoint after it."""
    own = {entry.number: entry for entry in record.entries}
    loose = set(own)
    start = 0
    for anchor in sorted(anchors, key=lambda one: one.number):
        covered = sorted(number for number in own if start < number <= anchor.number)
        if covered:
            loose -= set(covered)
            _follow(record, own, covered[0], anchor, verdict)
        start = anchor.number
    if loose:
        numbers = ", ".join(map(str, sorted(loose)))
        verdict.notes.append(f"no checkpoint includes these entries yet, or none was found: {numbers}")


def _follow(record: Record, own: dict[int, Entry], first: int, anchor: Checkpoint, verdict: Verdict) -> None:
    reached = own[first].sha256
    for number in range(first + 1, anchor.number + 1):
        entry = own.get(number)
        if entry and entry.previous != reached:
            verdict.faults.append(f"entry {number}: it does not follow from the entries before it")
            return
        content = entry.content_sha256 if entry else record.links.get(number, "")
        if not content:
            verdict.faults.append(f"entry {first}: what ties it to checkpoint {anchor.name} is not whole")
            return
        reached = linked(reached, content)
    if reached != anchor.sha256:
        verdict.faults.append(f"checkpoint {anchor.name} speaks of another record than this")

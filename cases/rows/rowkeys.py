"""The keys of an erasure case's rows, sorted by what their verdict depends on: a sealed file beside each chunk.

Written the first time the rows are judged; planning, erasing and scheduling then judge some hundred marks a page
instead of parsing every row again. Only ever a copy of what the chunk says: a file that is missing, was touched, or
was made under another configuration of the source is made again.
"""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from hmac import compare_digest
from typing import Any

import zstandard

from cases.models import Chunk, Run
from cases.models.case import Right
from cases.models.keys import KeyUse
from cases.rows import chunks
from cases.rows.marks import Marks, described, marks_reader
from cases.sealed import vault
from cases.sources.configured import collection_of
from connectors.contract.base import Key
from connectors.rows.graph import key_of, parsed
from connectors.rows.jsonline import exactly, read_exactly

Sorted = dict[Marks, list[Key]]
_SEAL = 64  # hex digits


def kept_for(run: Run) -> bool:
    """Whether rows of this run can come to be erased one by one."""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    return run.case.right == Right.ERASURE and collection.on_erase != "none"


def pages(run: Run, after: int = -1) -> Iterator[tuple[int, Sorted]]:
    """The run's rows everybody may see, chunk by chunk after that number; a page in memory at a time."""
    told = described(run)
    for chunk in run.chunks.filter(secret=False, number__gt=after).order_by("number"):
        chunk.run = run
        yield chunk.number, _read(chunk, told) or _write(chunk, told)


def counts(run: Run) -> Counter[Marks]:
    """How many of the run's rows everybody may see have the same marks."""
    told, found = described(run), Counter[Marks]()
    for chunk in run.chunks.filter(secret=False).order_by("number"):
        chunk.run = run
        stored = _stored(chunk, told)
        if stored is None:
            found.update({marks: len(keys) for marks, keys in _write(chunk, told).items()})
        else:
            for marks, columns in stored:
                found[Marks.stored(*marks)] += len(columns[0])
    return found


def _name(chunk: Chunk) -> str:
    return chunk.name + chunks.KEYS


def _seal(chunk: Chunk, told: str, sealed: bytes) -> bytes:
    """Anybody can seal to a public key; only the desk can say that these are the keys of this chunk."""
    said = f"{chunk.name}:{chunk.sha256}:{told}:{sha256(sealed).hexdigest()}"
    return vault.digest(chunk.run.case.operator_id, "rowkeys", said).encode()


def _read(chunk: Chunk, told: str) -> Sorted | None:
    stored = _stored(chunk, told)
    if stored is None:
        return None
    return {Marks.stored(*marks): list(zip(*columns, strict=True)) for marks, columns in stored}


def _stored(chunk: Chunk, told: str) -> list[tuple[list[Any], list[list[Any]]]] | None:
    """The marks and, column by column, the keys that share them; None where no file says so."""
    try:
        stored = vault.read(_name(chunk))
    except FileNotFoundError:
        return None
    seal, sealed = stored[:_SEAL], stored[_SEAL:]
    if not compare_digest(seal, _seal(chunk, told, sealed)):
        return None
    plain = zstandard.decompress(vault.unseal(chunk.run.case, KeyUse.COLLECTED, sealed))
    found: list[tuple[list[Any], list[list[Any]]]] = read_exactly(plain)
    return found


def _write(chunk: Chunk, told: str) -> Sorted:
    run = chunk.run
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    read, found = marks_reader(run), Sorted()
    for row in map(parsed, chunks.lines_of(chunk)):
        found.setdefault(read(row), []).append(key_of(collection, row))
    # Column by column: a hundred thousand little lists would keep the garbage collector busy.
    plain = exactly([(tuple(marks), list(zip(*keys, strict=True))) for marks, keys in found.items()])
    sealed = vault.seal(run.case, KeyUse.COLLECTED, zstandard.compress(plain))
    vault.write(_name(chunk), _seal(chunk, told, sealed) + sealed)
    return found

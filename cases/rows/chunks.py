"""Gathered rows at rest: a page is newline-delimited JSON, compressed, sealed under the case's own key, one file.

The database row beside it says where it lies, how many rows it has and what its bytes hash to, nothing more.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from secrets import token_hex

import zstandard

from cases.models import Chunk, Run
from cases.models.keys import KeyUse
from cases.sealed import leftovers, vault

# What a file beside a chunk's is called, which says its rows in another order (`cases.rows.rowkeys`).
KEYS = "-keys"
_PIECE = 500  # rows that are compressed at a time


def keep(run: Run, lines: Sequence[bytes], *, secret: bool = False, counted: bytes | None = None) -> None:
    """Seal a page's rows as the run's next chunk, in the caller's transaction. ``counted``: of `cases.rows.counted`.

    A worker that has lost its transaction without knowing it may still be writing: every file has a name of its own.
    What is killed between file and commit leaves a file that goes with the case's data.
    """
    if not lines:
        return
    size = sum(map(len, lines)) + len(lines)
    sealed = vault.seal(run.case, KeyUse.COLLECTED, _packed(lines, size))
    # The caller has locked the run, so that nobody else counts at this moment.
    number = run.chunks.count()
    name = f"cases/{run.case_id}/collected/{run.pk}-{number:06}-{token_hex(4)}"
    vault.write(name, sealed)
    Chunk.objects.create(
        run=run,
        number=number,
        secret=secret,
        name=name,
        rows=len(lines),
        bytes=size,
        sha256=sha256(sealed).hexdigest(),
        counted=counted,
    )


def _packed(lines: Sequence[bytes], size: int) -> bytes:
    """Compressed piece by piece: as one text a page would be in memory twice."""
    # The lightest level: packing a page must cost little beside reading it.
    packing = zstandard.ZstdCompressor(1).compressobj(size)
    pieces = [
        packing.compress(b"\n".join(lines[at : at + _PIECE]) + b"\n") for at in range(0, len(lines), _PIECE)
    ]
    return b"".join([*pieces, packing.flush()])


class Damaged(ValueError):
    """Sealed rows that are missing, or not what was stored. ``run_id``: whose."""

    def __init__(self, name: str, run_id: int) -> None:
        super().__init__(name, run_id)
        self.name, self.run_id = name, run_id

    def __str__(self) -> str:
        return f"{self.name} is not what was stored"


def forget(run: Run) -> None:
    """Give up the run's chunks, in the caller's transaction; their files go when it commits."""
    names = list(run.chunks.values_list("name", flat=True))
    run.chunks.all().delete()
    leftovers.note(*(file for name in names for file in (name, name + KEYS)))


def lines_of(chunk: Chunk) -> list[bytes]:
    """The rows of one chunk. Raises vault.KeyDestroyed once they are purged, Damaged if the file is not what it was."""
    try:
        sealed = vault.read(chunk.name)
    except FileNotFoundError:
        raise Damaged(chunk.name, chunk.run_id) from None
    # age binds no name to what it seals: another chunk in this one's place would open just as well (docs/adr/0001).
    if sha256(sealed).hexdigest() != chunk.sha256:
        raise Damaged(chunk.name, chunk.run_id)
    return zstandard.decompress(vault.unseal(chunk.run.case, KeyUse.COLLECTED, sealed)).splitlines()


def pages(run: Run, *, secret: bool = False) -> Iterator[list[bytes]]:
    """The rows of a run, chunk by chunk."""
    for chunk in run.chunks.filter(secret=secret).order_by("number"):
        chunk.run = run
        yield lines_of(chunk)


def lines(run: Run, *, secret: bool = False) -> Iterator[bytes]:
    """Every gathered row of a run, one JSON object a line, one chunk in memory at a time."""
    for page in pages(run, secret=secret):
        yield from page

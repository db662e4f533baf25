"""Gathered rows at rest: a page is newline-delimited JSON, compressed, sealed under the case's own key, one file.

The database row beside it says where it lies, how many rows it has and what its bytes hash to, nothing more.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256

import zstandard

from cases import vault
from cases.models import Chunk, Run
from cases.models.keys import KeyUse


def keep(run: Run, lines: Sequence[bytes], *, secret: bool = False) -> None:
    """Seal a page's rows as the run's next chunk, in the caller's transaction.

    Killed between the file and the commit, the same number is simply written again.
    """
    if not lines:
        return
    plain = b"\n".join(lines) + b"\n"
    sealed = vault.seal(run.case, KeyUse.COLLECTED, zstandard.compress(plain, 3))
    number = run.chunks.count()
    name = f"cases/{run.case_id}/collected/{run.pk}-{number:06}"
    vault.write(name, sealed)
    Chunk.objects.create(
        run=run,
        number=number,
        secret=secret,
        name=name,
        rows=len(lines),
        bytes=len(plain),
        sha256=sha256(sealed).hexdigest(),
    )


def lines_of(chunk: Chunk) -> list[bytes]:
    """The rows of one chunk. Raises vault.KeyDestroyed once they are purged, ValueError if the file was touched."""
    sealed = vault.read(chunk.name)
    if sha256(sealed).hexdigest() != chunk.sha256:
        raise ValueError(f"{chunk.name} is not what was stored")
    return zstandard.decompress(vault.unseal(chunk.run.case, KeyUse.COLLECTED, sealed)).splitlines()


def lines(run: Run, *, secret: bool = False) -> Iterator[bytes]:
    """Every gathered row of a run, one JSON object a line, one chunk in memory at a time."""
    for chunk in run.chunks.filter(secret=secret).order_by("number"):
        chunk.run = run
        yield from lines_of(chunk)

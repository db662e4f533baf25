"""How far a build is, and what it has finished: kept sealed, so that a worker that is killed loses no more than a file.

A build is one transaction: what it tells meanwhile, and what the next try takes up again, lies in the vault beside the
package (docs/adr/0133), under the same key, until the answer is written or given back.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from time import monotonic
from typing import IO, Any, cast

import orjson
import pyrage

from cases.models import Case
from cases.models.keys import KeyUse
from cases.sealed import vault
from exports.models import Answer
from exports.package.course import Course, Found
from exports.package.layout import DataFile, Layout

SECONDS = 1.0  # between two words of how far it is
WORTH = 2_000  # rows from which a file is kept: fewer are written as quickly as they are read again


@dataclass(frozen=True)
class Far:
    """``number`` of ``of`` files is being written, or read back; ``rows`` of ``of_rows`` of it are done."""

    name: str
    number: int
    of: int
    rows: int = 0
    of_rows: int = 0
    reading: bool = False


def folder_of(answer: Answer) -> str:
    return f"cases/{answer.case_id}/package/{answer.version}-kept/"


def far(answer: Answer) -> Far | None:
    """How far its build is; None before it has begun and once it is over."""
    try:
        sealed = vault.read(f"{folder_of(answer)}far")
        return Far(**orjson.loads(vault.unseal(answer.case, KeyUse.PACKAGE, sealed)))
    except (FileNotFoundError, vault.KeyDestroyed, pyrage.DecryptError):
        return None


class Building(Course):
    """One try. ``seen``: what the verdicts and files come from; what was kept of anything else is not taken up."""

    def __init__(self, case: Case, answer: Answer, seen: object, files: Sequence[DataFile]) -> None:
        self._case, self._folder = case, folder_of(answer)
        # Asked for once: how often something is told follows the clock, and what a build asks for must not.
        self._to = vault.recipient(case, KeyUse.PACKAGE)
        self._seen = orjson.dumps(seen, option=orjson.OPT_SORT_KEYS, default=str)
        self._names = [name for file in files for name in file.names] + ["letter.pdf", "index.html"]
        self._rows = {name: file.count for file in files for name in file.names}
        self._now, self._told = Far("", 0, len(self._names)), monotonic()

    def begins(self, name: str, *, reading: bool = False) -> None:
        if name in self._names:
            number = self._names.index(name) + 1
            self._now = Far(name, number, len(self._names), 0, self._rows.get(name, 0), reading)
            self._tell()

    def passed(self, rows: int) -> None:
        self._now = replace(self._now, rows=rows)
        self._tell()

    def _tell(self) -> None:
        # Most builds are over sooner.
        if monotonic() - self._told < SECONDS:
            return
        self._told = monotonic()
        said = orjson.dumps(asdict(self._now))
        vault.write(f"{self._folder}far", bytes(pyrage.encrypt(said, [self._to])))

    def found(self, name: str) -> Found | None:
        place = self._place(name)
        try:
            said = vault.unseal(self._case, KeyUse.PACKAGE, vault.read(f"{place}-done"))
            deflated = vault.unsealed_stream(self._case, KeyUse.PACKAGE, place)
        except (FileNotFoundError, vault.KeyDestroyed, pyrage.DecryptError):
            return None
        about = orjson.loads(said)
        layout = Layout(tuple(about["columns"]), frozenset(about["figures"]), frozenset(about["moments"]))
        return Found(about["rows"], layout, _inflated(deflated))

    @contextmanager
    def kept(self, name: str) -> Iterator[IO[bytes] | None]:
        if self._rows.get(name, 0) < WORTH and not name.endswith(".pdf"):
            yield None
            return
        with vault.sealed_file(self._case, KeyUse.PACKAGE, self._place(name)) as out:
            yield cast(IO[bytes], out)

    def done(self, name: str, rows: int, layout: Layout) -> None:
        about: dict[str, Any] = {
            "rows": rows,
            "columns": layout.columns,
            "figures": sorted(layout.figures),
            "moments": sorted(layout.moments),
        }
        sealed = vault.seal(self._case, KeyUse.PACKAGE, orjson.dumps(about))
        # Last: without it the file itself is as good as not there.
        vault.write(f"{self._place(name)}-done", sealed)

    def _place(self, name: str) -> str:
        return f"{self._folder}{hashlib.sha256(self._seen + name.encode()).hexdigest()[:32]}"


def _inflated(blocks: Iterable[bytes]) -> Iterator[bytes]:
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    for block in blocks:
        rest = block
        while rest:
            yield inflating.decompress(rest, 1 << 16)
            rest = inflating.unconsumed_tail
    yield inflating.flush()

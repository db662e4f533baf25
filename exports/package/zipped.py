"""The package a person fetches: one zip with the letter, the data, and a manifest of hashes. Streaming, reproducible.

Nothing in it depends on the clock: the same snapshot gives the same files, and on the same kind of processor the same
bytes.
"""

import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from typing import IO, Any, Protocol
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from isal import isal_zlib

from exports.letter.texts.reading import Texts, texts
from exports.letter.values import MASK
from exports.package.data import DataFile, described, write_csv, write_json
from exports.package.manifest import PackageFacts, Signs, manifest
from exports.package.tree import Leaves

BUFFER = 1 << 16
LEVEL = 3  # of 0 to 3: a tenth larger than zlib's usual one
LETTER, README, MANIFEST = "letter.pdf", "readme.txt", "manifest.json"
# The letter names the hash of the others, and these two are about all of them.
OUTSIDE = frozenset({LETTER, README, MANIFEST})
STEM = re.compile(r"[a-z0-9][a-z0-9_-]{0,120}")
# What is unpacked on a machine that others use is read by its owner alone.
OWNER_ONLY = 0o100600 << 16


@dataclass(frozen=True)
class Entry:
    """A file of the package: bytes before compression; ``rows`` only for data."""

    name: str
    bytes: int
    sha256: str
    rows: int | None = None


@dataclass(frozen=True)
class Package:
    """What was written: the hash and size of the zip itself, and its files."""

    sha256: str
    bytes: int
    files: tuple[Entry, ...]

    @property
    def rows(self) -> int:
        """Data rows, each counted once although it is there as JSON and as CSV."""
        return sum(entry.rows or 0 for entry in self.files if entry.name.endswith(".json"))

    def listed(self) -> list[dict[str, object]]:
        """The files as plain values, as the manifest has them."""
        return [asdict(entry) for entry in self.files]


@dataclass(frozen=True)
class AttachedFile:
    """A file that goes into the package as it is. ``content`` begins anew at each call."""

    name: str
    content: Callable[[], Iterable[bytes]]


class PackageProblem(ValueError):
    """A package that must not be written; says which file, never what stands in it."""


def write(
    out: IO[bytes],
    facts: PackageFacts,
    *,
    letter: Callable[[str], bytes],
    data: Sequence[DataFile],
    attachments: Iterable[AttachedFile] = (),
    of_dead: str = "",
    signer: Signs | None = None,
) -> Package:
    """Writes the zip to ``out``, which need not be seekable. Memory does not grow with the rows.

    ``letter``: the letter for files with this hash (`files_sha256`), "" where there are none; asked for once they are
    written.
    ``of_dead``: the name of who has died, where it goes to the estate. ``signer``: whose word the manifest is.

    Raises PackageProblem if two files have one name or rows change between readings, DataProblem for bad rows.
    """
    words = texts(facts.language, of_dead=of_dead)
    tail = _Hashing(out)
    with ZipFile(tail, "w", ZIP_DEFLATED) as archive:
        package = _Writer(archive, facts.dated)
        about = [line for file in _in_order(data) for line in _data(package, file, words)]
        about += _attachments(package, attachments, words)
        files = files_sha256(package.entries)
        package.add(LETTER, letter(files))
        package.add(README, _readme(facts, about, words, masked=any(file.covered for file in data)))
        about_all = manifest(facts, package.entries, files_sha256=files, leaves=package.leaves, signer=signer)
        package.add(MANIFEST, about_all)
    return Package(tail.sha256.hexdigest(), tail.bytes, tuple(package.entries))


class Hashed(Protocol):
    """A file by its name and its hash, as it is written or as a manifest lists it."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...


def files_sha256(entries: Iterable[Hashed]) -> str:
    """The hash of all files but those that speak of them: of what `sha256sum` prints for them, in order of their names.

    "" for no files. So the letter can name what it was sent with, and be in the same package (docs/adr/0110).
    """
    told = sorted((entry for entry in entries if entry.name not in OUTSIDE), key=lambda entry: entry.name)
    lines = [f"{entry.sha256}  {entry.name}\n" for entry in told]
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else ""


def _in_order(data: Sequence[DataFile]) -> list[DataFile]:
    stems = [file.stem for file in data]
    for stem in stems:
        if not STEM.fullmatch(stem) or stems.count(stem) > 1:
            raise PackageProblem(f"{stem!r} is no name for a file of the package, or is there twice")
    return sorted(data, key=lambda file: file.stem)


def _data(package: "_Writer", file: DataFile, words: Texts) -> list[str]:
    with package.entry(f"data/{file.stem}.json") as entry, io.BufferedWriter(entry, BUFFER) as out:
        rows, layout = write_json(out, file)
        entry.rows = rows
    with package.entry(f"data/{file.stem}.csv") as entry, io.BufferedWriter(entry, BUFFER) as out:
        # Half a surrogate pair has no UTF-8.
        text = io.TextIOWrapper(out, encoding="utf-8", errors="replace", newline="")
        entry.rows = write_csv(text, file, layout, words)
        # Written out, and the entry left to whoever opened it.
        text.detach()
    if entry.rows != rows:
        raise PackageProblem(f"{file.stem}: rows changed while the package was written")
    return [*described(file, rows, layout.columns, words), ""]


def _attachments(package: "_Writer", attachments: Iterable[AttachedFile], words: Texts) -> list[str]:
    names = []
    for attached in attachments:
        with package.entry(attached.name) as entry:
            for block in attached.content():
                entry.write(block)
        names.append(attached.name)
    return [words("package.attachments"), *names, ""] if names else []


def _readme(facts: PackageFacts, about: Sequence[str], words: Texts, *, masked: bool) -> bytes:
    intro = [
        words("package.title", operator=facts.operator),
        "",
        words("package.intro", reference=facts.reference),
    ]
    if about:
        intro += [words("package.csv"), words("package.json")]
    if masked:
        intro.append(words("package.masked", hidden=MASK))
    lines = [*intro, words("package.manifest"), "", *(about or [words("package.empty")])]
    # The mark and these line ends are what plain editors on Windows need.
    return ("\ufeff" + "\r\n".join(lines)).encode()


class _Hashing(io.RawIOBase):
    """Passes writes on, and counts and hashes them. Not seekable, so that the zip is written straight through."""

    def __init__(self, out: IO[bytes], leaves: Leaves | None = None) -> None:
        self._out = out
        self._leaves = leaves
        self.bytes = 0
        self.sha256 = hashlib.sha256()
        self.rows: int | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        chunk = bytes(data)
        self._out.write(chunk)
        self.sha256.update(chunk)
        if self._leaves:
            self._leaves.update(chunk)
        self.bytes += len(chunk)
        return len(chunk)


class _Writer:
    """Entries of one zip, each with the same date, so that nothing tells when it was made."""

    def __init__(self, archive: ZipFile, dated: date) -> None:
        self.entries: list[Entry] = []
        self.leaves: dict[str, list[bytes]] = {}
        self._archive = archive
        # A zip knows no earlier year.
        self._moment = (max(dated.year, 1980), dated.month, dated.day, 0, 0, 0)

    def add(self, name: str, content: bytes) -> None:
        with self.entry(name) as entry:
            entry.write(content)

    @contextmanager
    def entry(self, name: str) -> Iterator[_Hashing]:
        info = ZipInfo(name, self._moment)
        info.compress_type, info.external_attr = ZIP_DEFLATED, OWNER_ONLY
        # Unix, whatever machine writes it, or the bytes would differ.
        info.create_system = 3
        # How large it becomes shows only when it is written.
        with self._archive.open(info, "w", force_zip64=True) as raw:
            # zipfile has no other way to be given one; the same format in a third of the time (docs/adr/0118).
            vars(raw)["_compressor"] = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
            # Of JSON, whose lines are the rows.
            leaves = Leaves() if name.startswith("data/") and name.endswith(".json") else None
            entry = _Hashing(raw, leaves)
            yield entry
        if leaves:
            self.leaves[name] = leaves.hashes()
        self.entries.append(Entry(name, entry.bytes, entry.sha256.hexdigest(), entry.rows))

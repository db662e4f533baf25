"""The package a person fetches: one zip with the letter, the data, and a manifest of hashes. Streaming, reproducible.

Nothing in it depends on the clock: the same snapshot gives the same files, and on the same kind of processor the same
bytes.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import IO, Protocol
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from exports.letter.document import Document
from exports.letter.texts.reading import Texts, texts
from exports.package import index, readme, schema
from exports.package.course import Course
from exports.package.data import pages_of, write_csv, write_json
from exports.package.entries import Entry, Hashing, Writer
from exports.package.layout import Annex, DataFile, Layout, Sheet, Table
from exports.package.manifest import PackageFacts, Signs, manifest
from exports.package.pauses import without_pauses
from exports.package.workbook import xlsx

LETTER, INDEX, README, MANIFEST = "letter.pdf", "index.html", "readme.txt", "manifest.json"
SCHEMA, REGISTER = "schema.json", "register.json"
# The letter, on paper and as a page, names the hash of the person's files; what speaks of them is none of them.
OUTSIDE = frozenset({LETTER, INDEX, README, MANIFEST, SCHEMA, REGISTER})
Annexes = Callable[[DataFile, Layout], Iterator[Annex]]
NOBODY_WAITS = Course()
STEM = re.compile(r"[a-z0-9][a-z0-9_-]{0,120}")


@dataclass(frozen=True)
class Package:
    """What was written: the hash and size of the zip itself, and its files."""

    sha256: str
    bytes: int
    files: tuple[Entry, ...]

    @property
    def rows(self) -> int:
        """Data rows, each counted once although it is there in several forms."""
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
    document: Callable[[], Document] | None = None,
    attachments: Iterable[AttachedFile] = (),
    register: Mapping[str, object] | None = None,
    of_dead: str = "",
    signer: Signs | None = None,
    annexes: Annexes | None = None,
    course: Course = NOBODY_WAITS,
) -> Package:
    """Writes the zip to ``out``, which need not be seekable. Memory does not grow with the rows.

    ``letter``: the letter for files with this hash (`files_sha256`), "" where there are none; asked for once they are
    written. ``document``: the same letter for the page, asked for after it; None for a package without one.
    ``register``: what Article 15(1) and (2) GDPR lets the person know, for programs.
    ``of_dead``: the name of who has died, where it goes to the estate. ``signer``: whose word the manifest is.
    ``annexes``: what prints the annex of a file that has one; None for a package without paper.
    ``course``: who is told how far it is, and keeps what is finished.

    Raises PackageProblem if two files have one name or rows change between readings, DataProblem for bad rows.
    """
    words = texts(facts.language, of_dead=of_dead)
    tail = Hashing(out)
    with ZipFile(tail, "w", ZIP_DEFLATED) as archive:
        package = Writer(archive, facts.dated)
        writing = Writing(package, words, annexes, course)
        tables = [writing.table(file) for file in _in_order(data)]
        if tables:
            package.add(SCHEMA, schema.of_rows(tables, facts.language, facts.reference))
        if register is not None:
            package.add(REGISTER, orjson.dumps(register, option=orjson.OPT_INDENT_2) + b"\n")
        about = [line for table in tables for line in (*readme.described(table, words), "")]
        about += _attachments(package, attachments, words)
        files = files_sha256(package.entries)
        course.begins(LETTER)
        package.add(LETTER, letter(files))
        if document is not None:
            course.begins(INDEX)
            _page(package, document(), tables, words)
        package.add(README, _readme(package, facts, about, words, masked=any(file.covered for file in data)))
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


@dataclass(frozen=True)
class Writing:
    """Files of rows on their way into a package."""

    package: Writer
    words: Texts
    annexes: Annexes | None = None
    course: Course = NOBODY_WAITS

    def table(self, file: DataFile) -> Table:
        """A collection as JSON, as CSV, as a workbook where one holds its columns, and on paper if it has an annex."""
        endings = ["json", "csv"]
        rows, layout = self.json(file)
        if self.csv(file, layout) != rows:
            raise PackageProblem(f"{file.stem}: rows changed while the package was written")
        sheet = Sheet(file, layout, self.words)
        if xlsx.fits(sheet):
            self.workbook(file, sheet)
            endings.append("xlsx")
        return Table(file, layout, rows, tuple(endings), self._annex(file, layout, rows))

    def json(self, file: DataFile) -> tuple[int, Layout]:
        """The rows of a collection, how many they are, and the layout they have."""
        return self._file(f"data/{file.stem}.json", file, lambda out: write_json(out, file))

    def csv(self, file: DataFile, layout: Layout) -> int:
        """The rows of a collection once more, and how many they are."""
        written = self._file(
            f"data/{file.stem}.csv", file, lambda out: (write_csv(out, file, layout, self.words), layout)
        )
        return written[0]

    def workbook(self, file: DataFile, sheet: Sheet) -> None:
        """The rows of a collection once more, as many as a workbook has."""
        dated = self.package.dated
        self._file(
            f"data/{file.stem}.xlsx",
            file,
            lambda out: (
                xlsx.write_xlsx(out, sheet, pages_of(file), name=file.name, dated=dated),
                sheet.layout,
            ),
        )

    def _annex(self, file: DataFile, layout: Layout, rows: int) -> tuple[str, ...]:
        if self.annexes is None:
            return ()
        # The letter names its files before it knows more than how many rows there are.
        if file.annex and rows != file.count:
            raise PackageProblem(f"{file.stem}: has {rows} rows, and an annex for {file.count}")
        for part in self.annexes(file, layout):
            self._file(part.name, file, lambda out, part=part: (part.write(out), layout))  # type: ignore[misc]
        return file.annex

    def _file(
        self, name: str, file: DataFile, act: Callable[[IO[bytes]], tuple[int, Layout]]
    ) -> tuple[int, Layout]:
        """A file as an earlier try has finished it, or written now. Returns its rows and their layout."""
        self.course.begins(name)
        if found := self.course.found(name):
            with self.package.data(name, file) as (entry, out):
                out.writelines(found.content)
                entry.rows = found.rows
            return found.rows, found.layout
        # Rows are as many objects as hold nothing but texts: looking for circles among them took a sixth of the time.
        with (
            without_pauses(),
            self.course.kept(name) as kept,
            self.package.data(name, file, kept) as (entry, out),
        ):
            entry.rows, layout = act(out)
        self.course.done(name, entry.rows, layout)
        return entry.rows, layout


def _attachments(package: Writer, attachments: Iterable[AttachedFile], words: Texts) -> list[str]:
    names = []
    for attached in attachments:
        with package.entry(attached.name) as entry:
            for block in attached.content():
                entry.write(block)
        names.append(attached.name)
    return [words("package.attachments"), *names, ""] if names else []


def _page(package: Writer, document: Document, tables: Sequence[Table], words: Texts) -> None:
    with package.entry(INDEX) as entry:
        for block in index.page(document, tables, words):
            entry.write(block)


def _readme(
    package: Writer, facts: PackageFacts, about: Sequence[str], words: Texts, *, masked: bool
) -> bytes:
    names = [entry.name for entry in package.entries]
    return readme.readme(facts.operator, facts.reference, names, about, words, masked=masked)

"""The forms of a package by themselves, each beside the database's own way out of the same rows in that form."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZipFile

from cases.law.situation import Situation
from cases.models import Case
from cases.models.keys import KeyUse
from cases.sealed import vault
from dsar.bench.gathering import ONE_TABLE
from dsar.bench.measures import crm
from exports.answer.data_files import data_files
from exports.letter import content
from exports.letter.facts import CaseFacts
from exports.letter.texts.reading import texts
from exports.package import index
from exports.package.entries import Hashing, Writer
from exports.package.layout import Layout, Sheet, Table
from exports.package.manifest import PackageFacts, manifest
from exports.package.zipped import INDEX, MANIFEST, Writing, files_sha256

Part = tuple[Callable[[], object], Callable[[], object]]

COLUMNS = (
    "id", "customer_no", "started_at", "ended_at", "msisdn", "other_number", "kind", "cell", "up_bytes", "down_bytes",
)  # fmt: skip
OF_ONE = "FROM traffic WHERE customer_no = %s"


def _between(opens: str, closes: str) -> str:
    """The query for the cells of each row, each between these."""
    return " || ".join(f"'{opens}' || {one} || '{closes}'" for one in COLUMNS)


TEXT = ('<c t="inlineStr"><is><t>', "</t></is></c>")
AS_SHEET = f"SELECT '<row>' || {_between(*TEXT)} || '</row>' {OF_ONE}"
AS_TABLE = f"SELECT '<tr>' || {_between('<td>', '</td>')} || '</tr>' {OF_ONE} LIMIT {index.MOST_ROWS}"


def parts(case: Case, situation: Situation, facts: CaseFacts, customer: str, floor: Path) -> dict[str, Part]:
    """What writes each form once more, sealed, and what writes its floor to this file."""
    words = texts(case.language)
    files = [file for _run, file in data_files(case, situation, facts)]
    document = content.answer(replace(facts, files_sha256="0" * 64))
    seen: dict[str, tuple[int, Layout]] = {}

    def rows() -> None:
        with _sealed(case, facts) as package:
            writing = Writing(package, words)
            for file in files:
                seen[file.stem] = writing.json(file)
                writing.csv(file, seen[file.stem][1])
            _manifest(case, facts, package)

    def workbooks() -> None:
        with _sealed(case, facts) as package:
            for file in files:
                Writing(package, words).workbook(file, Sheet(file, seen[file.stem][1], words))

    def page() -> None:
        with _sealed(case, facts) as package, package.entry(INDEX) as entry:
            tables = [Table(file, seen[file.stem][1], seen[file.stem][0], ("json", "csv")) for file in files]
            for block in index.page(document, tables, words):
                entry.write(block)

    return {
        "JSON, CSV, manifest, zip, sealed": (rows, partial(_copied, ONE_TABLE, customer, floor)),
        "XLSX": (workbooks, partial(_copied, AS_SHEET, customer, floor)),
        "HTML page": (page, partial(_copied, AS_TABLE, customer, floor)),
    }


@contextmanager
def _sealed(case: Case, facts: CaseFacts) -> Iterator[Writer]:
    with (
        vault.sealed_file(case, KeyUse.PACKAGE, f"bench/{case.pk}") as out,
        ZipFile(Hashing(cast(IO[bytes], out)), "w", ZIP_DEFLATED) as archive,
    ):
        yield Writer(archive, facts.answered_on)


def _manifest(case: Case, facts: CaseFacts, package: Writer) -> None:
    about = PackageFacts(
        reference=case.reference,
        operator=case.operator.name,
        right=case.right,
        language=case.language,
        dated=facts.answered_on,
    )
    told = files_sha256(package.entries)
    package.add(
        MANIFEST, manifest(about, package.entries, files_sha256=told, leaves=package.leaves, signer=None)
    )


def _copied(query: str, customer: str, to: Path) -> None:
    """The database's own way out: COPY of the same rows in this form, streamed into a zip."""
    with crm() as connection, connection.cursor() as cursor, ZipFile(to, "w", ZIP_DEFLATED) as floor:
        asked = f"COPY ({query.replace('%s', repr(customer))}) TO STDOUT"
        with floor.open("rows", "w", force_zip64=True) as sink, cursor.copy(asked) as out:
            for block in out:
                sink.write(bytes(block))

"""What a worker writes of an answer: letter and package, into the vault, from one frozen snapshot of the case."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import IO, cast

from cases.assessment.situations import situation_of
from cases.casework import case_clock
from cases.casework.signing.keys import signer_of
from cases.law.situation import Situation
from cases.models import Case
from cases.models.case import Right
from cases.models.keys import KeyUse
from cases.sealed import vault
from exports import pdf, worded
from exports.answer.asked import HANDS_OVER_DATA, asked
from exports.answer.attachments import attached
from exports.answer.data_files import data_files
from exports.answer.read_back.checking import read_back
from exports.answer.snapshot import facts_of
from exports.answer.tries.course import Building
from exports.letter import content
from exports.letter.document import Document
from exports.letter.facts import CaseFacts
from exports.letter.texts.reading import texts
from exports.models import Answer
from exports.package.course import Course
from exports.package.layout import DataFile
from exports.package.manifest import PackageFacts
from exports.package.register import register_of
from exports.package.zipped import NOBODY_WAITS, Package, write
from exports.paper import setting
from exports.paper.annexes import About, annexes


def write_files(case: Case, answer: Answer) -> None:
    """Letter and package as sealed files, read back. What they are is set on the answer, and not saved.

    Raises LetterProblem, PackageProblem, DataProblem, NotCovered, ReadBack, PangoMissing: nothing may go out then.
    """
    situation = situation_of(case, case_clock.today(case))
    facts = replace(
        facts_of(case, situation=situation, signed_by=answer.prepared_by.get_full_name()),
        own_words=worded.read(case, answer.words),
    )
    seen, files = (
        _snapshot(case, situation),
        [file for _run, file in data_files(case, situation, facts)],
    )
    course = Building(case, answer, seen, sorted(files, key=lambda file: file.stem))
    package, pages = write_package(case, answer, situation, facts, files, course)
    # As it lies there, and not as it was meant: whoever opens it finds nothing that is masked.
    read_back(case, situation, facts, vault.unsealed_stream(case, KeyUse.PACKAGE, answer.name), course)
    answer.sha256, answer.bytes, answer.files = package.sha256, package.bytes, package.listed()
    answer.pages = pages
    answer.snapshot = seen


def write_package(
    case: Case,
    answer: Answer,
    situation: Situation,
    facts: CaseFacts,
    files: Sequence[DataFile],
    course: Course = NOBODY_WAITS,
) -> tuple[Package, int]:
    """Letter and package into the vault, not yet read back; what the package is, and the letter's pages."""
    answer.letter_name, answer.name = _names(case, answer)
    written: list[pdf.Letter] = []
    documents: list[Document] = []

    def letter(files_sha256: str) -> bytes:
        documents.append(content.answer(replace(facts, files_sha256=files_sha256)))
        written.append(pdf.pdf(documents[0]))
        return written[0].content

    about = PackageFacts(
        reference=case.reference,
        operator=case.operator.name,
        right=case.right,
        language=case.language,
        dated=facts.answered_on,
        operator_id=case.operator_id,
        sources=tuple(asked(case, facts)),
    )
    with setting.Apart() as set_type, vault.sealed_file(case, KeyUse.PACKAGE, answer.name) as out:
        package = write(
            cast(IO[bytes], out),
            about,
            letter=letter,
            document=lambda: documents[0],
            data=[replace(file, passed=course.passed) for file in files],
            register=register_of(facts) if case.right == Right.ACCESS else None,
            attachments=attached(case, situation) if case.right in HANDS_OVER_DATA else (),
            of_dead=facts.of_dead,
            signer=signer_of(case.operator),
            annexes=annexes(About(case.operator.name, case.reference), texts(case.language), set_type),
            course=course,
        )
    # By itself as well: an approver reads it without opening the package.
    with vault.sealed_file(case, KeyUse.PACKAGE, answer.letter_name) as file:
        file.write(written[0].content)
    return package, written[0].pages


def _names(case: Case, answer: Answer) -> tuple[str, str]:
    folder = f"cases/{case.pk}/package/{answer.version}"
    return f"{folder}-letter", f"{folder}-package"


def _snapshot(case: Case, situation: Situation) -> dict[str, object]:
    """What the verdicts were computed from: enough to compute them again, nothing that names a person."""
    return {
        "decided": situation.decided.isoformat(),
        "register": case.register.sha256,
        "claims": [[str(day or "") for day in astuple(claim)] for claim in situation.claims],
        "orders": sorted(order.id for order in situation.orders),
        "decisions": {one.subject: [one.outcome, one.status] for one in case.decisions.all()},
        "runs": {
            str(run): [chunk.sha256 for chunk in run.chunks.filter(secret=False)] for run in case.runs.all()
        },
    }

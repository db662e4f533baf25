"""What a worker writes of an answer: letter and package, into the vault, from one frozen snapshot of the case."""

from collections.abc import Iterator
from dataclasses import astuple, replace
from functools import partial
from typing import IO, cast

from cases.assessment.situations import situation_of
from cases.casework import case_clock
from cases.casework.operators import register_of_case
from cases.casework.signing.keys import signer_of
from cases.law.situation import Situation
from cases.models import Case
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sources.configured import collection_of, source_of
from exports import pdf, worded
from exports.answer.asked import HANDS_OVER_DATA, asked
from exports.answer.attachments import attached
from exports.answer.given_rows import given
from exports.answer.read_back.checking import read_back
from exports.answer.snapshot import facts_of
from exports.letter import content
from exports.letter.facts import CaseFacts, file_stem
from exports.models import Answer
from exports.package.data import DataFile
from exports.package.manifest import PackageFacts
from exports.package.zipped import Package, write


def write_files(case: Case, answer: Answer) -> None:
    """Letter and package as sealed files, read back. What they are is set on the answer, and not saved.

    Raises LetterProblem, PackageProblem, DataProblem, NotCovered, ReadBack, PangoMissing: nothing may go out then.
    """
    situation = situation_of(case, case_clock.today(case))
    facts = replace(
        facts_of(case, situation=situation, signed_by=answer.prepared_by.get_full_name()),
        own_words=worded.read(case, answer.words),
    )
    package, pages = write_package(case, answer, situation, facts)
    # As it lies there, and not as it was meant: whoever opens it finds nothing that is masked.
    read_back(case, situation, facts, vault.unsealed_stream(case, KeyUse.PACKAGE, answer.name))
    answer.sha256, answer.bytes, answer.files = package.sha256, package.bytes, package.listed()
    answer.pages = pages
    answer.snapshot = _snapshot(case, situation)


def write_package(case: Case, answer: Answer, situation: Situation, facts: CaseFacts) -> tuple[Package, int]:
    """Letter and package into the vault, not yet read back; what the package is, and the letter's pages."""
    answer.letter_name, answer.name = _names(case, answer)
    written: list[pdf.Letter] = []

    def letter(files_sha256: str) -> bytes:
        written.append(pdf.pdf(content.answer(replace(facts, files_sha256=files_sha256))))
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
    with vault.sealed_file(case, KeyUse.PACKAGE, answer.name) as out:
        package = write(
            cast(IO[bytes], out),
            about,
            letter=letter,
            data=list(_data_files(case, situation, facts)),
            attachments=attached(case, situation) if case.right in HANDS_OVER_DATA else (),
            of_dead=facts.of_dead,
            signer=signer_of(case.operator),
        )
    # By itself as well: an approver reads it without opening the package.
    with vault.sealed_file(case, KeyUse.PACKAGE, answer.letter_name) as file:
        file.write(written[0].content)
    return package, written[0].pages


def _names(case: Case, answer: Answer) -> tuple[str, str]:
    folder = f"cases/{case.pk}/package/{answer.version}"
    return f"{folder}-letter", f"{folder}-package"


def _data_files(case: Case, situation: Situation, facts: CaseFacts) -> Iterator[DataFile]:
    if case.right not in HANDS_OVER_DATA:
        return
    filled = {
        (one.source, one.collection): one for part in facts.categories for one in part.collections if one.rows
    }
    for run in case.runs.filter(rows__gt=0):
        if (run.source, run.collection) not in filled:
            continue
        run.case = case
        source = source_of(case.operator_id, run.source)
        collection = collection_of(case.operator_id, run.source, run.collection)
        yield DataFile(
            stem=file_stem(run.category, run.source, run.collection),
            name=collection.name.get(case.language),
            source_name=source.name.get(case.language),
            rows=partial(given, case, run, situation),
            columns={name: text.get(case.language) for name, text in collection.columns_text.items()},
            time_zone=register_of_case(case).time_zone,
            covered=filled[run.source, run.collection].covered,
        )


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

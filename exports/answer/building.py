"""Stage 7: the answer. A caseworker has it prepared; a worker builds letter and package from one frozen snapshot."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from cases.assessment.deciding import open_decisions
from cases.casework import audit
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import (
    INTERIM,
    TO_READ,
    Refusal,
    advance,
    at_stage,
    block,
    lock,
    wake,
)
from cases.collection import scanned_files
from cases.execution import deeds
from cases.identity.claimed import open_claims
from cases.models import Case, Run, User
from cases.models.case import Outcome, Right, Stage
from cases.models.keys import KeyUse
from cases.sealed import leftovers, vault
from cases.sources.locks import try_lock
from exports import pdf
from exports.answer.asked import HANDS_OVER_DATA
from exports.answer.elsewhere import is_open
from exports.answer.given_rows import NotCovered
from exports.answer.outcomes import outcome_of
from exports.answer.read_back.letters import read_back_letter
from exports.answer.read_back.problem import ReadBack
from exports.answer.snapshot import facts_of
from exports.answer.tries import course
from exports.answer.writing import write_files
from exports.letter import content
from exports.letter.matrix import LetterProblem
from exports.masking import files
from exports.masking.by_hand import Lapsed, lapsed, look_for_rows
from exports.models import Answer
from exports.package.data import DataProblem
from exports.package.zipped import PackageProblem
from exports.pdf import PangoMissing

TELLS_ABOUT_PROCESSING = frozenset({Right.ACCESS})


@transaction.atomic
def prepare(case: Case, *, by: User) -> Answer:
    """Have the answer built, or built anew while it waits to be read, with the newest of the caseworker's own words.

    Refusal while something is undecided, unproven or missing in the register.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, *([Stage.ANSWER] if is_to_read(case) else [Stage.DECISIONS]))
    if undecided := open_decisions(case):
        raise Refusal("decisions-open", count=len(undecided))
    if open_claims(case):
        raise Refusal("claims-open")
    # The letter says since when it is so.
    if case.right in INTERIM and not case.interim_at and outcome_of(case) != Outcome.NOTHING_HELD:
        raise Refusal("not-in-force")
    if lapsed(case):
        raise Refusal("masks-lapsed")
    if case.right in HANDS_OVER_DATA:
        scanned_files.refuse_unscanned(case, apart_from=files.replaced(case))
    _check_register(case)
    # At most one answer of a case is on its way; the database holds it so.
    case.answers.overtake()
    latest = Answer.objects.filter(case=case).order_by("-version").first()
    answer = Answer.objects.create(
        case=case,
        version=latest.version + 1 if latest else 1,
        prepared_by=by,
        words=case.own_words.first(),
    )
    # Made in the build, it would be lost with a killed try, and what that one kept could be opened by nobody.
    vault.recipient(case, KeyUse.PACKAGE)
    _set_going(case, answer, by)
    return answer


def is_to_read(case: Case) -> bool:
    """Whether the answer is written and waits for a caseworker to read it and send it to approval."""
    return case.stage == Stage.ANSWER and case.blocked_by == TO_READ


def _set_going(case: Case, answer: Answer, by: User) -> None:
    if case.stage != Stage.ANSWER:
        advance(case, Stage.ANSWER, by=by, version=answer.version)
        return
    wake(case)
    audit.record(case, "answer.again", by=by, version=answer.version)


def _check_register(case: Case) -> None:
    """An access answer tells where data come from, why and how long: the register has to know."""
    if case.right not in TELLS_ABOUT_PROCESSING:
        return
    found = (
        case.runs.filter(rows__gt=0).exclude(status=Run.Status.NOT_PROVEN).values_list("category", flat=True)
    )
    gaps = [gap for gap in register_of_case(case).missing(set(found)) if gap.blocks]
    if gaps:
        raise Refusal("blocked", what="; ".join(gap.text.get(case.language) for gap in gaps[:3]))


@transaction.atomic
def build(case_id: int) -> None:
    """Write letter and package into the vault, sealed, for the caseworker to read. Safe to repeat.

    One worker at a time: the hash that is approved has to be the hash of the file that lies there. What cannot be
    built goes back to the caseworker with one line that says why, free of personal data.
    """
    case = Case.objects.select_related("operator", "register", "submission").get(pk=case_id)
    building = Answer.objects.filter(case=case, status=Answer.Status.BUILDING).select_related(
        "prepared_by", "words"
    )
    answer = building.first()
    # A lock by name and not the case's: while it is written an order or a withdrawal may still overtake it.
    if case.stage != Stage.ANSWER or answer is None or not try_lock(f"answer:{answer.pk}"):
        return
    try:
        look_for_rows(case)
        write_files(case, answer)
    except (
        LetterProblem,
        PackageProblem,
        DataProblem,
        NotCovered,
        ReadBack,
        Lapsed,
        PangoMissing,
    ) as problem:
        _give_back(answer, str(problem))
    else:
        _show(answer)


def _still_wanted(answer: Answer) -> Case | None:
    """The case, locked, if it has waited for this answer; None if an order or a withdrawal overtook it."""
    case = lock(answer.case_id)
    unchanged = Answer.objects.filter(pk=answer.pk, status=Answer.Status.BUILDING).exists()
    return case if case.stage == Stage.ANSWER and unchanged else None


def _give_back(answer: Answer, error: str) -> None:
    leftovers.note(course.folder_of(answer), answer.name, answer.letter_name)
    if (case := _still_wanted(answer)) is not None:
        answer.status, answer.error = Answer.Status.FAILED, error[:300]
        answer.name = answer.letter_name = ""
        answer.save()
        advance(case, Stage.DECISIONS, by=audit.SYSTEM, version=answer.version, failed=True)


def _show(answer: Answer) -> None:
    leftovers.note(course.folder_of(answer))
    if (case := _still_wanted(answer)) is None:
        # No row says where they lie.
        leftovers.note(answer.name, answer.letter_name)
    else:
        answer.status, answer.prepared_at = Answer.Status.WRITTEN, timezone.now()
        answer.save()
        block(case, TO_READ)
        audit.record(case, "answer.written", by=audit.SYSTEM, version=answer.version, sha256=answer.sha256)


@transaction.atomic
def write_receipt(case_id: int) -> bool:
    """After execution: what was done, by sources and by hand, and when, as a letter of its own. Safe to repeat.

    Nothing before all of it is done. False while another worker is writing it.
    """
    case = Case.objects.select_related("operator", "register", "submission").get(pk=case_id)
    approved = Answer.objects.filter(case=case, status=Answer.Status.APPROVED).select_related("prepared_by")
    answer = approved.first()
    if (
        case.stage != Stage.DELIVERY
        or answer is None
        or answer.receipt_name
        or deeds.undone(case) is not None
        or is_open(answer)
    ):
        return True
    if not try_lock(f"receipt:{answer.pk}"):
        return False
    facts = replace(facts_of(case, signed_by=answer.prepared_by.get_full_name()), answer_sha256=answer.sha256)
    if not (facts.executions or facts.by_hand or facts.told or facts.forwarded_on or facts.sent):
        return True
    receipt = pdf.pdf(content.receipt(facts))
    try:
        read_back_letter(case, "receipt.pdf", receipt.content, printed=(facts.signed_by,))
    except ReadBack as problem:
        block(case, "receipt-read-back", str(problem))
        return False
    answer.receipt_name = f"cases/{case.pk}/package/{answer.version}-receipt"
    with vault.sealed_file(case, KeyUse.PACKAGE, answer.receipt_name) as file:
        file.write(receipt.content)
        answer.receipt_sha256 = file.sha256
    answer.save(update_fields=["receipt_name", "receipt_sha256"])
    return True

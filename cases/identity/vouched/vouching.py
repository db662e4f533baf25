"""A caseworker vouches for whoever asks: by what, what was checked, and how sure it is. `high` takes two people.

The first proposes, the second confirms, and until then nothing is proven; the database holds that they are two. Files
that were looked at are deleted with the check.
"""

import re

from django.db import transaction
from django.utils import timezone

from cases.casework import audit, case_clock
from cases.casework.permissions import Permission, require
from cases.casework.workflow import SECOND_PERSON, Refusal
from cases.identity.stepping_up.going_on import go_on_with_closed
from cases.identity.unproven import open_task
from cases.identity.verification import open_cases, proven
from cases.models import Case, Paper, Proof, ProposedProof, Submission, Task, User
from cases.models.case import Following
from cases.models.proof import MANUAL, Evidence, Level
from cases.papers import keeping

# Five digits in a word: a passport, a licence, a national number. A date or a price has fewer.
NUMBER = re.compile(r"\b[^\W_]*(?:\d[^\W\d_]*){5,}\b")


@transaction.atomic
def vouch(submission: Submission, *, level: str, evidence: str, checked: str, by: User) -> Proof | None:
    """Record the proof; None for `high`, which waits for a second person.

    Refusal closed, evidence-unknown, checked-needed, no-document-numbers, proposed-already.
    """
    require(by, submission.operator, Permission.WORK_CASES)
    cases = _open(submission)
    if evidence not in Evidence.values:
        raise Refusal("evidence-unknown")
    said = _in_words(checked)
    if Level(level) == Level.HIGH:
        _propose(submission, cases, evidence, said, by)
        return None
    proof = Proof(submission=submission, level=Level(level), evidence=evidence, checked=said, by=by)
    return _proven(proof, cases, by)


def _open(submission: Submission) -> list[Case]:
    if not (cases := open_cases(submission)):
        raise Refusal("closed")
    return cases


def _in_words(checked: str) -> str:
    said = checked.strip()[:1000]
    if not said:
        raise Refusal("checked-needed")
    if NUMBER.search(said):
        raise Refusal("no-document-numbers")
    return said


def _propose(submission: Submission, cases: list[Case], evidence: str, checked: str, by: User) -> None:
    if ProposedProof.objects.filter(submission=submission).exists():
        raise Refusal("proposed-already")
    ProposedProof.objects.create(submission=submission, evidence=evidence, checked=checked, by=by)
    for case in cases:
        due = case_clock.today(case)
        Task.objects.create(operator=case.operator, case=case, kind=SECOND_PERSON, due_on=due)
        audit.record(case, "proof.proposed", by=by, level=Level.HIGH, evidence=evidence)


@transaction.atomic
def confirm(submission: Submission, *, by: User) -> Proof:
    """The second person vouches as well. Refusal second-person for the first, already-decided where nothing waits."""
    require(by, submission.operator, Permission.WORK_CASES)
    cases = _open(submission)
    waits = _waiting(submission)
    if waits.by_id == by.pk:
        raise Refusal("second-person")
    proof = Proof(
        submission=submission, level=Level.HIGH, evidence=waits.evidence, checked=waits.checked, by=waits.by
    )
    proof.second = by
    _settled(waits, cases, by)
    return _proven(proof, cases, by)


@transaction.atomic
def take_back(submission: Submission, *, by: User) -> None:
    """What waits for a second person proves nothing after all: either of the two may say so."""
    require(by, submission.operator, Permission.WORK_CASES)
    cases = open_cases(submission)
    _settled(_waiting(submission), cases, by)
    for case in cases:
        audit.record(case, "proof.taken-back", by=by)
        # Opened for this proof, it has nothing else to wait for.
        if case.follows_as == Following.ONCE_MORE:
            open_task(case)


def _waiting(submission: Submission) -> ProposedProof:
    waits = ProposedProof.objects.select_for_update(of=("self",)).select_related("by")
    if (found := waits.filter(submission=submission).first()) is None:
        raise Refusal("already-decided")
    return found


def _settled(waits: ProposedProof, cases: list[Case], by: User) -> None:
    waits.delete()
    tasks = Task.objects.filter(case__in=cases, kind=SECOND_PERSON, done_at=None)
    tasks.update(done_at=timezone.now(), done_by=by)


def _proven(proof: Proof, cases: list[Case], by: User) -> Proof:
    proof.method = MANUAL
    proof.save(force_insert=True)
    two = {"second": by.get_username()} if proof.second else {}
    for case in cases:
        audit.record(
            case,
            "proof.given",
            by=proof.by or by,
            level=proof.level,
            method=MANUAL,
            evidence=proof.evidence,
            **two,
        )
        proven(case, by=by)
    go_on_with_closed(proof.submission)
    # What was shown is only looked at: the letter that asks for it says so.
    for paper in keeping.held(proof.submission, Paper.About.PROOF):
        keeping.delete(paper, why="checked", by=by)
    return proof

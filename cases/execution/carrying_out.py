"""Stage 8: carry out what was approved, at the sources, through the connectors.

Erasure (`erasure.erasing`): a dry run of everything first; the frozen rows are judged again, refused if anything
changed since approval; then page by page; afterwards the source is asked again, and what still answers is a failure.
Objections take effect as an interim measure as soon as the account is matched (`objections.suppressing`); approval
covers the letter.
"""

from django.db import transaction

from cases.assessment.reviews import is_abusive
from cases.assessment.situations import situation_of
from cases.casework import audit, case_clock, standstill
from cases.casework.workflow import advance, block, lock, take
from cases.execution.amendments import amending
from cases.execution.erasure import erasable, erasing
from cases.execution.failed_actions import note_failure, workable
from cases.execution.objections.suppressing import STOPPING, suppress
from cases.execution.recipients import forwarding, notices
from cases.models import Action, Case, Review, Task
from cases.models.case import Right, Stage
from connectors.contract.base import SourceError

ANSWERED_FIRST = (Right.ACCESS, Right.PORTABILITY)
Status = Action.Status


def execute(case_id: int) -> None:
    """Work the stage to its end or to what stops it; the next call goes on from there."""
    if standstill.stops("execution"):
        return
    case, stopped = _begin(case_id), None
    if case is None:
        return
    if is_abusive(case):
        _settle(case_id)
        return
    if case.right == Right.ERASURE:
        stopped = erasing.work(case)
    # What is in force already is asked after every week, and may have been ended since by the person's own yes.
    if case.right in STOPPING and not case.interim_at:
        suppress(case)
    if case.right in amending.KINDS:
        _amend(case)
    _hand_over(case)
    _settle(case_id, stopped=stopped)


@transaction.atomic
def _begin(case_id: int) -> Case | None:
    case = take(case_id, Stage.EXECUTION)
    if case is None:
        return None
    if case.right == Right.ERASURE and not is_abusive(case):
        if case.submission.cases.filter(right__in=ANSWERED_FIRST, closed_at=None).exists():
            block(case, "waits-for-access")
            return None
        erasable.begin(case)
    return case


def _amend(case: Case) -> None:
    amending.plan(case)
    for action in case.actions.filter(workable(), kind__in=amending.KINDS.values()):
        try:
            amending.carry_out(action.pk)
        except SourceError as error:
            note_failure(action.pk, error)


@transaction.atomic
def _hand_over(case: Case) -> None:
    """What no connector can do is a task for a person, not a promise without a hand behind it."""
    if case.right == Right.AUTOMATED_DECISION:
        for review in Review.objects.filter(case=case, result=Review.Result.CHANGED):
            kind = f"carry-out-{case.right}"
            Task.objects.get_or_create(operator=case.operator, case=case, kind=kind, detail=review.purpose)


@transaction.atomic
def _settle(case_id: int, *, stopped: str | None = None) -> None:
    """Move on once every action is done; otherwise say what stops the case."""
    case = lock(case_id)
    if case.stage != Stage.EXECUTION:
        return
    statuses = set(case.actions.values_list("status", flat=True))
    if Status.FAILED in statuses:
        block(case, "source-failed")
    elif Status.RETRYING in statuses:
        block(case, "source-down")
    elif Status.WAITING in statuses:
        block(case, "")
    elif stopped is not None:
        block(case, stopped)
    else:
        notices.plan(case, situation_of(case, case_clock.today(case)))
        forwarding.hand_over(case)
        erased = sum(case.actions.filter(kind=Action.Kind.ERASE).values_list("done", flat=True))
        advance(case, Stage.DELIVERY, by=audit.SYSTEM, erased=erased, scheduled=case.scheduled.count())

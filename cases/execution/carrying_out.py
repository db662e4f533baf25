"""Stage 8: carry out what was approved, at the sources, through the connectors.

Erasure (`erasure.erasing`): a dry run of everything first; the frozen rows are judged again, refused if anything
changed since approval; then page by page; afterwards the source is asked again, and what still answers is a failure.
Objections take effect as an interim measure as soon as the account is matched (`objections.suppressing`); approval
covers the letter. What no connector can do is a task; the answer waits until all of it is done (`deeds`).
"""

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from cases.assessment.reviews import is_abusive
from cases.assessment.situations import situation_of
from cases.casework import audit, case_clock, standstill
from cases.casework.workflow import INTERIM, advance, block, lock, take
from cases.execution import deeds
from cases.execution.amendments import amending, meanwhile
from cases.execution.erasure import erasable, erasing, guarded
from cases.execution.failed_actions import note_failure, workable
from cases.execution.objections.suppressing import STOPPING, suppress
from cases.execution.recipients import forwarding, notices
from cases.models import Action, Case, Decision, Finding, Review, Task
from cases.models.case import Following, Right, Stage
from cases.sealed import orders_key
from connectors.contract.base import SourceError

TASK = "cases.cleared_tasks.execute"
TELL_LATER = "tell-when-due"
ANSWERED_FIRST = (Right.ACCESS, Right.PORTABILITY)


def asks_orders(case_id: int) -> bool:
    """Whether a secret order may keep some of what is done: erasures, whatever they are of."""
    return Case.objects.filter(pk=case_id, right=Right.ERASURE).exists()


def execute(case_id: int) -> None:
    """Work the stage to its end or to what stops it; the next call goes on from there.

    Raises NotCleared for an erasure in a process that may not know of secret orders.
    """
    if asks_orders(case_id):
        orders_key.require()
    if standstill.stops("execution"):
        return
    # The lock is let go: sources take their time, and each step locks what it writes down.
    case, stopped = _begin(case_id), None
    if case is None:
        return
    if is_abusive(case):
        _settle(case_id)
        return
    if case.right == Right.ERASURE:
        stopped = erasing.work(case)
    # What is in force already is asked after every week, and may have been ended since by the person's own yes. The
    # interim measure of an objection is that its data are only stored: they stop being used now.
    if case.right in STOPPING and not (case.right in INTERIM and case.interim_at):
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
    forwarding.hand_over(case)
    if case.right == Right.OBJECTION:
        meanwhile.drop(case)
    if case.right == Right.ERASURE and not is_abusive(case):
        if answered_first(case).filter(closed_at=None).exists():
            block(case, "waits-for-access")
            return None
        if guarded.waits(case):
            block(case, guarded.WAITS)
            return None
        erasable.begin(case)
    return case


def answered_first(case: Case) -> QuerySet[Case]:
    """What was asked together with an erasure and needs the data to be there; of a split one both parts."""
    together = Q(submission=case.submission)
    together |= Q(follows__submission=case.submission, follows_as=Following.REST)
    return Case.objects.filter(together, right__in=ANSWERED_FIRST)


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
    if case.right == Right.ACCESS:
        _promise(case)
    for decided in _to_change(case) if case.right == Right.AUTOMATED_DECISION else ():
        Task.objects.get_or_create(
            operator=case.operator,
            case=case,
            kind=f"{deeds.CARRY_OUT}{case.right}",
            detail=decided,
            defaults={"due_on": case.due_on},
        )


def _promise(case: Case) -> None:
    """What a person decided to hold back for now is sent later without being asked for again: by a person."""
    delayed = case.decisions.filter(outcome="delay", status=Decision.Status.OVERRIDDEN)
    for subject in delayed.values_list("subject", flat=True):
        held = Finding.objects.filter(run__case=case, run__category=subject)
        # With several, before the last one opens nothing may be told. Where no rule says when, the person who held it
        # back looks at it again by the day of the answer.
        opens = held.aggregate(last=Max("opens"))["last"]
        Task.objects.get_or_create(
            operator=case.operator,
            case=case,
            kind=TELL_LATER,
            detail=subject,
            defaults={"opens_on": opens, "due_on": opens or case.due_on},
        )


def _to_change(case: Case) -> list[str]:
    """What a person found to be decided otherwise: the use in which a computer decided, else the categories."""
    if review := Review.objects.filter(case=case).first():
        return [review.purpose] if review.result == Review.Result.CHANGED else []
    return list(case.decisions.filter(outcome="granted").values_list("subject", flat=True))


@transaction.atomic
def _settle(case_id: int, *, stopped: str | None = None) -> None:
    """Move on once everything is done; otherwise say what stops the case. Recipients are told of what was done."""
    case = lock(case_id)
    if case.stage != Stage.EXECUTION:
        return
    code = deeds.at_sources(case)
    code = stopped if code is None else code
    code = deeds.by_people(case) if code is None else code
    if code is None:
        notices.plan(case, situation_of(case, case_clock.today(case)))
        code = deeds.by_people(case)
    if code is not None:
        block(case, code)
        return
    erased = sum(case.actions.filter(kind=Action.Kind.ERASE).values_list("done", flat=True))
    advance(case, Stage.DELIVERY, by=audit.SYSTEM, erased=erased, scheduled=case.scheduled.count())

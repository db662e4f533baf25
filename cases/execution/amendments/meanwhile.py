"""While an objection is considered the data are only stored (Articles 18(1)(d) and 21(1)).

As soon as the person is matched: each collection that a source can restrict is restricted once it is gathered, and a
use whose data lie where no source can is a task. The decision ends it, whatever it is; nothing is lifted before the
person was told, so it ends the day after the case was closed (Article 18(3)).
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cases.assessment.situations import situation_of
from cases.casework import audit, case_clock, standstill
from cases.casework.operators import register_of_case
from cases.casework.workflow import lock
from cases.execution.amendments import amending
from cases.execution.deeds import reopen_where_more_is_known
from cases.execution.failed_actions import forget_interim_failure, note_failure, workable
from cases.identity.known import is_matched, known_by
from cases.law.clock import act_by, date_of_receipt
from cases.law.decisions import Ruling, judge_purpose
from cases.models import Action, Case, Restriction, Run, Task
from cases.models.case import Right, Stage
from cases.registers.processing import Purpose
from cases.sources.configured import sources_of
from connectors.contract.base import SourceError
from connectors.description.collection import Collection

MEANWHILE, LIMIT, LIFT = "meanwhile", "limit-meanwhile", "lift-meanwhile"
CONSIDERED = (Stage.COLLECTION, Stage.HOLDS, Stage.DECISIONS, Stage.ANSWER, Stage.APPROVAL)
OBJECTED_TO = frozenset({Ruling.REVIEW, Ruling.STOP})
Status = Action.Status


def take(case_id: int) -> None:
    """Restrict what can be restricted by now. Does nothing for other rights and once it is decided; safe to repeat."""
    if standstill.stops("interim-limit"):
        return
    case = Case.objects.select_related("operator", "register", "submission").get(pk=case_id)
    if (
        case.right != Right.OBJECTION
        or case.interim_at
        or case.stage not in CONSIDERED
        or not is_matched(case)
    ):
        return
    known = known_by(case)
    _plan(case)
    for action in _actions(case).filter(workable()):
        try:
            amending.carry_out(action.pk)
        except SourceError as error:
            note_failure(action.pk, error)
    # What was gathered after it was planned waits for the next call.
    if case.stage != Stage.COLLECTION:
        _note_taken(case_id, known)


@transaction.atomic
def _plan(case: Case) -> None:
    """Write down what the connectors restrict, and a task for each use that they cannot reach."""
    runs = {(run.source, run.collection): run for run in case.runs.all()}
    by_hand = set[str]()
    for source, collection in _collections(case):
        run = runs.get((source, collection.key))
        if run and run.status == Run.Status.DONE and run.rows and amending.can_restrict(collection):
            _plan_action(case, run)
        elif not amending.can_restrict(collection) or _is_unread(case, run):
            by_hand.add(collection.category)
    register = register_of_case(case)
    day = act_by(case.received_on, register.calendars, register.settings.act_by_working_days)
    for purpose in _objected_to(case):
        if by_hand & set(purpose.categories):
            task, _made = Task.objects.get_or_create(
                operator=case.operator, case=case, kind=LIMIT, detail=purpose.code, defaults={"due_on": day}
            )
            reopen_where_more_is_known(case, task)


def _is_unread(case: Case, run: Run | None) -> bool:
    """Whether nobody could look there, so that a person has to. No run once all are done: nothing leads there."""
    if run is None:
        return case.stage != Stage.COLLECTION
    return run.status in amending.NOT_READ


def _plan_action(case: Case, run: Run) -> None:
    """What was gathered anew is restricted anew: there can be more of it."""
    where = {"source": run.source, "collection": run.collection, "detail": MEANWHILE}
    action, made = Action.objects.get_or_create(
        case=case, kind=Action.Kind.RESTRICT, **where, defaults={"expected": run.rows}
    )
    if not made and action.done_at and run.finished_at and action.done_at < run.finished_at:
        action.status, action.done_at, action.expected = Status.WAITING, None, run.rows
        action.save()


def _objected_to(case: Case) -> list[Purpose]:
    """The uses that there is a right to object to."""
    situation = situation_of(case, case_clock.today(case))
    verdicts = ((one, judge_purpose(one, situation)) for one in register_of_case(case).purposes)
    return [one for one, verdict in verdicts if verdict and verdict.verdict in OBJECTED_TO]


def _collections(case: Case) -> Iterator[tuple[str, Collection]]:
    """Where data lie that these uses need."""
    categories = {category for one in _objected_to(case) for category in one.categories}
    for source in sources_of(case.operator_id):
        yield from ((source.key, one) for one in source.collection if one.category in categories)


def _actions(case: Case) -> QuerySet[Action]:
    return case.actions.filter(kind=Action.Kind.RESTRICT, detail=MEANWHILE)


@transaction.atomic
def _note_taken(case_id: int, known: frozenset[int]) -> None:
    """Once everything is gathered, restricted and done by hand."""
    case = lock(case_id)
    gathered = case.stage in CONSIDERED and case.stage != Stage.COLLECTION
    undone = (
        _actions(case).exclude(status=Status.DONE).exists()
        or case.tasks.filter(kind=LIMIT, done_at=None).exists()
    )
    if case.interim_at or undone or not gathered or known_by(case) != known:
        return
    case.interim_at = timezone.now()
    case.save(update_fields=["interim_at"])
    forget_interim_failure(case)
    rows = sum(_actions(case).values_list("done", flat=True))
    audit.record(case, "interim.limited", by=audit.SYSTEM, rows=rows)


def due() -> QuerySet[Case]:
    """Objections that are considered and not limited yet, where trying again makes sense."""
    late = Case.objects.filter(
        right=Right.OBJECTION, interim_at=None, stage__in=CONSIDERED,
        stage_since__lt=timezone.now() - timedelta(seconds=20),
    )  # fmt: skip
    later = Q(status=Status.FAILED) | Q(next_try_at__gt=timezone.now())
    restricting = Action.objects.filter(case=OuterRef("pk"), kind=Action.Kind.RESTRICT)
    by_hand = Task.objects.filter(case=OuterRef("pk"), kind=LIMIT, done_at=None)
    gathering = Q(stage=Stage.COLLECTION) | ~Exists(by_hand)
    # Whatever else a case waits for, a source whose time has come is asked.
    idle = gathering & ~Exists(restricting.filter(later))
    return late.filter(Exists(restricting.filter(workable())) | idle).order_by("stage_since")


def drop(case: Case) -> None:
    """It is decided: what was not limited yet need not be any more. A locked case.

    What a source has limited in part stands as a restriction, and ends with the others.
    """
    case.tasks.filter(kind=LIMIT, done_at=None).delete()
    _actions(case).exclude(status=Status.DONE).delete()


def end_over() -> int:
    """Objections that are over: the limit ends the day after the person was told. Returns how many cases."""
    over = Q(right=Right.OBJECTION, stage=Stage.CLOSED)
    limited = Restriction.objects.filter(case=OuterRef("pk"), announced_at=None)
    lifted = Task.objects.filter(case=OuterRef("case"), kind=LIFT, detail=OuterRef("detail"))
    by_hand = Task.objects.filter(~Exists(lifted), case=OuterRef("pk"), kind=LIMIT)
    cases = Case.objects.filter(over).filter(Exists(limited) | Exists(by_hand)).values_list("pk", flat=True)
    return sum(_end(pk) for pk in cases[:500])


@transaction.atomic
def _end(case_id: int) -> bool:
    case = lock(case_id)
    drop(case)
    day = _told_on(case) + timedelta(days=1)
    case.restrictions.filter(announced_at=None).update(announced_at=case.closed_at, lifts_on=day)
    for task in case.tasks.filter(kind=LIMIT):
        Task.objects.get_or_create(
            operator=case.operator, case=case, kind=LIFT, detail=task.detail,
            defaults={"opens_on": day, "due_on": day},
        )  # fmt: skip
    return True


def _told_on(case: Case) -> date:
    assert case.closed_at is not None
    return date_of_receipt(case.closed_at, register_of_case(case).time_zone)

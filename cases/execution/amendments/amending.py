"""Carrying out a correction or a restriction at the sources (Articles 16, 18).

What a connector can do it does, with a receipt each, and the source is asked again; what none can is a task for a
person. A key that is somebody else's by now changes nothing of theirs.
"""

from django.db import transaction
from django.utils import timezone

from cases.casework import audit, case_clock
from cases.execution.amendments.corrections import GRANTED, Corrected, corrected
from cases.execution.amendments.restricting import restrict
from cases.execution.deeds import CARRY_OUT
from cases.identity.known import identifiers_of
from cases.models import Action, Case, Run, Task
from cases.models.case import Right
from cases.sources.configured import collection_of, connector_of
from cases.sources.ordinary_view import still_there
from cases.sources.places import place
from connectors.contract.base import SourceGarbage
from connectors.description.collection import Collection

Kind = Action.Kind
KINDS = {Right.RECTIFICATION: Kind.RECTIFY, Right.RESTRICTION: Kind.RESTRICT}
# Nothing was read there, so nothing is known of what lies there.
NOT_READ = frozenset({Run.Status.NOT_PROVEN, Run.Status.LEFT_OUT, Run.Status.UNSEARCHED})
SAID = {Kind.RECTIFY: "rows.rectified", Kind.RESTRICT: "rows.restricted"}


def can_restrict(collection: Collection) -> bool:
    # Files and owners have no such key.
    return bool(getattr(collection, "restrict", None) and collection.key_columns)


def can_rectify(collection: Collection, column: str) -> bool:
    """An API that corrects takes any field, a database the columns its configuration lists."""
    allowed = getattr(collection, "rectify", None)
    return column in allowed if isinstance(allowed, tuple) else bool(allowed)


@transaction.atomic
def plan(case: Case) -> None:
    """Write down what the connectors will do, and a task for each thing they cannot. Safe to repeat."""
    granted = set(case.decisions.filter(outcome=GRANTED).values_list("subject", flat=True))
    if case.right == Right.RECTIFICATION:
        _plan_corrections(case, granted)
    elif case.right == Right.RESTRICTION:
        _plan_restriction(case, granted)


def _plan_corrections(case: Case, granted: set[str]) -> None:
    changes = corrected(case)
    for change in changes:
        if can_rectify(collection_of(case.operator_id, change.source, change.collection), change.column):
            _action(case, Kind.RECTIFY, change.source, change.collection, str(change.pk), rows=1)
        else:
            _by_hand(case, f"{change.source}/{change.collection}.{change.column}")
    # Granted, and no value written down: somebody has to read the request and correct by hand.
    for category in sorted(granted - {change.category for change in changes}):
        _by_hand(case, category)


def _plan_restriction(case: Case, granted: set[str]) -> None:
    for run in case.runs.filter(category__in=granted, status=Run.Status.DONE, rows__gt=0):
        if can_restrict(collection_of(case.operator_id, run.source, run.collection)):
            _action(case, Kind.RESTRICT, run.source, run.collection, "", rows=run.rows)
        else:
            _by_hand(case, f"{run.source}/{run.collection}")


def _action(case: Case, kind: Kind, source: str, collection: str, detail: str, *, rows: int) -> None:
    Action.objects.get_or_create(
        case=case, kind=kind, source=source, collection=collection, detail=detail, defaults={"expected": rows}
    )


def _by_hand(case: Case, what: str) -> None:
    kind, day = f"{CARRY_OUT}{case.right}", case_clock.last_day(case)
    Task.objects.get_or_create(
        operator=case.operator, case=case, kind=kind, detail=what[:300], defaults={"due_on": day}
    )


def carry_out(action_id: int) -> None:
    """Do one correction, or restrict one collection's rows. Raises SourceError; safe to repeat."""
    action = Action.objects.select_related("case__operator", "case__register").get(pk=action_id)
    rows = _rectify(action) if action.kind == Kind.RECTIFY else restrict(action)
    # Whoever dies between the two does it again, which changes nothing.
    _receipt(action_id, rows)


def _rectify(action: Action) -> int:
    changes: dict[str, Corrected] = {str(change.pk): change for change in corrected(action.case)}
    change = changes[action.detail]
    case, values = action.case, {change.column: change.value}
    connector = connector_of(case.operator_id, action.source)
    whose = identifiers_of(case, collection_of(case.operator_id, action.source, action.collection))
    run = case.runs.get(source=action.source, collection=action.collection)
    run.case, hit = case, 0
    if still_there(run, [change.key]):
        with place(case.operator_id, action.source):
            hit = connector.rectify(action.collection, change.key, values, whose=whose)
    if not hit:
        raise SourceGarbage("row-gone", action.collection)
    return hit


@transaction.atomic
def _receipt(action_id: int, rows: int) -> None:
    action = Action.objects.select_for_update(of=("self",)).select_related("case__operator").get(pk=action_id)
    if action.status == Action.Status.DONE:
        return
    action.status, action.done, action.done_at, action.error = Action.Status.DONE, rows, timezone.now(), ""
    action.save()
    audit.record(
        action.case, SAID[Kind(action.kind)], by=audit.SYSTEM,
        source=action.source, collection=action.collection, rows=rows,
    )  # fmt: skip

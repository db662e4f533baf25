"""Carrying out a correction or a restriction at the sources (Articles 16, 18), and lifting a restriction again.

What a connector can do it does, with a receipt each; what none can is a task for a person. The keys of restricted rows
lie sealed under the case's schedule key, so that they can be found again when the restriction is lifted.
"""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from django.db import transaction
from django.utils import timezone

from cases import audit, chunks, vault
from cases.clockwork import today
from cases.corrections import GRANTED, Corrected, corrected
from cases.models import Action, Case, Restriction, Run, Task
from cases.models.case import Right
from cases.models.keys import KeyUse
from cases.operators import collection_of, connector_of
from cases.places import place
from cases.schedule import Head
from cases.workflow import lock
from connectors.base import Key, SourceError, SourceGarbage
from connectors.collection import Collection
from connectors.graph import key_of, parsed
from connectors.jsonline import exactly, read_exactly

Kind = Action.Kind
KINDS = {Right.RECTIFICATION: Kind.RECTIFY, Right.RESTRICTION: Kind.RESTRICT}
SAID = {Kind.RECTIFY: "rows.rectified", Kind.RESTRICT: "rows.restricted"}
BATCH = 5000
NOT_LIFTED = "restriction-not-lifted"


def can_restrict(collection: Collection) -> bool:
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
    known = Task.objects.filter(case=case, kind=f"carry-out-{case.right}", detail=what[:300])
    if not known.exists():
        Task.objects.create(
            operator=case.operator, case=case, kind=f"carry-out-{case.right}", detail=what[:300]
        )


def carry_out(action_id: int) -> None:
    """Do one correction, or restrict one collection's rows. Raises SourceError; safe to repeat."""
    action = Action.objects.select_related("case__operator", "case__register").get(pk=action_id)
    rows = _rectify(action) if action.kind == Kind.RECTIFY else _restrict(action)
    _receipt(action_id, rows)


def _rectify(action: Action) -> int:
    changes: dict[str, Corrected] = {str(change.pk): change for change in corrected(action.case)}
    change = changes[action.detail]
    connector = connector_of(action.case.operator_id, action.source)
    with place(action.case.operator_id, action.source):
        hit = connector.rectify(action.collection, change.key, {change.column: change.value})
    if not hit:
        raise SourceGarbage("row-gone", action.collection)
    return hit


def _restrict(action: Action) -> int:
    case, name = action.case, f"cases/{action.case_id}/restricted/{action.pk}"
    run = case.runs.get(source=action.source, collection=action.collection)
    run.case = case
    head = Head(collection_of(case.operator_id, action.source, action.collection).key_columns)
    connector, rows = connector_of(case.operator_id, action.source), 0
    with vault.sealed_file(case, KeyUse.SCHEDULE, name) as file:
        file.write(head.line() + b"\n")
        for keys in _keys(run):
            with place(case.operator_id, action.source):
                rows += min(len(keys), connector.restrict(action.collection, keys, restricted=True))
            file.write(b"".join(exactly(key) + b"\n" for key in keys))
    if not rows:
        raise SourceGarbage("row-gone", action.collection)
    Restriction.objects.update_or_create(
        case=case,
        source=action.source,
        collection=action.collection,
        defaults={"name": name, "rows": rows},
    )
    return rows


def _keys(run: Run) -> Iterator[list[Key]]:
    """The keys of everything that was gathered in the open view, a batch at a time."""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    batch: list[Key] = []
    for line in chunks.lines(run):
        batch.append(key_of(collection, parsed(line)))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


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


def lift_due(on: date | None = None) -> int:
    """Lift the restrictions whose announced day has come, in their operator's own time. Returns how many."""
    open_ones = Restriction.objects.filter(lifts_on__isnull=False, lifted_at=None)
    return sum(_lift(one.pk, on) for one in open_ones.order_by("lifts_on"))


def _lift(restriction_id: int, on: date | None) -> bool:
    """The rows first, batch by batch; who dies before that is written down does it again, which changes nothing."""
    found = Restriction.objects.select_related("case__operator", "case__register")
    one = found.get(pk=restriction_id)
    if one.lifts_on is None or one.lifts_on > (on or today(one.case)):
        return False
    try:
        _free(one)
    except SourceError as error:
        _note_not_lifted(one, error)
        return False
    return _note_lifted(one)


@transaction.atomic
def _note_not_lifted(one: Restriction, error: SourceError) -> None:
    """It is tried again every hour; a person is told once, because the case is long closed."""
    if one.error == (said := str(error)[:300]):
        return
    Restriction.objects.filter(pk=one.pk).update(error=said)
    detail = f"{one.source}/{one.collection}"
    Task.objects.get_or_create(
        operator=one.case.operator, case=one.case, kind=NOT_LIFTED, detail=detail, done_at=None
    )


@transaction.atomic
def _note_lifted(one: Restriction) -> bool:
    case = lock(one.case_id)
    still = Restriction.objects.filter(pk=one.pk, lifted_at=None)
    if not still.update(lifted_at=timezone.now(), error=""):
        return False
    where = {"source": one.source, "collection": one.collection}
    audit.record(case, "restriction.lifted", by=audit.SYSTEM, rows=one.rows, **where)
    return True


def _free(one: Restriction) -> None:
    connector = connector_of(one.case.operator_id, one.source)
    lines = vault.unsealed_lines(one.case, KeyUse.SCHEDULE, one.name)
    Head.read(next(lines)).refuse_others(one.case.operator_id, one.source, one.collection)
    while batch := [tuple(read_exactly(line)) for line in islice(lines, BATCH)]:
        with place(one.case.operator_id, one.source):
            connector.restrict(one.collection, batch, restricted=False)

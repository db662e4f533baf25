"""Lifting a restriction on the day that was announced (Article 18(3)).

A key that is somebody else's by now lifts nothing of theirs, and a row that another restriction still keeps stays
restricted.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from cases.casework import audit, standstill
from cases.casework.case_clock import today
from cases.casework.workflow import lock
from cases.execution.amendments.restricting import BATCH, Tally, mark_rows, one_at_a_time, tell_of_missing
from cases.execution.deeds import CARRY_OUT
from cases.models import Case, Restriction, Run, Task
from cases.models.keys import KeyUse
from cases.rows.keys_on_disk import KeysOnDisk
from cases.rows.sealed_keys import Head
from cases.sealed import leftovers, vault
from connectors.contract.base import Key, SourceError
from connectors.rows.jsonline import read_exactly

NOT_LIFTED = "restriction-not-lifted"
BY_HAND, LIFT_BY_HAND = f"{CARRY_OUT}restriction", "lift-restriction"


def limited_by_hand(case: Case) -> QuerySet[Task]:
    """What a person has limited, and nobody has been told to end yet."""
    told = Task.objects.filter(case=OuterRef("case"), kind=LIFT_BY_HAND, detail=OuterRef("detail"))
    return case.tasks.filter(~Exists(told), kind=BY_HAND, done_at__isnull=False)


def lift_by_hand(case: Case, on: date) -> None:
    """Whoever limited by hand ends it by hand, on the day the person was told. In the caller's transaction."""
    for task in limited_by_hand(case):
        Task.objects.create(
            operator=case.operator, case=case, kind=LIFT_BY_HAND, detail=task.detail, opens_on=on, due_on=on
        )


def lift_due(on: date | None = None) -> int:
    """Lift the restrictions whose announced day has come, in their operator's own time. Returns how many."""
    if standstill.stops("end-of-restriction"):
        return 0
    open_ones = Restriction.objects.filter(lifts_on__isnull=False, lifted_at=None)
    return sum(_lift(one.pk, on) for one in open_ones.order_by("lifts_on", "pk"))


def _lift(restriction_id: int, on: date | None) -> bool:
    """The rows first, batch by batch; who dies before that is written down does it again, which changes nothing."""
    found = Restriction.objects.select_related("case__operator", "case__register")
    one = found.get(pk=restriction_id)
    if one.lifts_on is None or one.lifts_on > (on or today(one.case)):
        return False
    try:
        tally = _free(one)
    except Exception as error:  # noqa: BLE001
        # Whatever is wrong with one restriction keeps no other from being lifted.
        _note_not_lifted(one, error)
        return False
    return _note_lifted(one, tally)


@transaction.atomic
def _note_not_lifted(one: Restriction, error: Exception) -> None:
    """It is tried again every hour; a person is told once, because the case is long closed."""
    said = (str(error) if isinstance(error, SourceError) else type(error).__name__)[:300]
    if one.error == said:
        return
    Restriction.objects.filter(pk=one.pk).update(error=said)
    detail = f"{one.source}/{one.collection}"
    Task.objects.get_or_create(
        operator=one.case.operator, case=one.case, kind=NOT_LIFTED, detail=detail, done_at=None
    )


@transaction.atomic
def _note_lifted(one: Restriction, tally: Tally) -> bool:
    case = lock(one.case_id)
    still = Restriction.objects.filter(pk=one.pk, lifted_at=None)
    # Whoever changes the row writes the record; another worker may have been quicker.
    if not still.update(lifted_at=timezone.now(), error=""):
        return False
    missing = tally.short_of(one.rows)
    held = {"still_restricted": tally.held} if tally.held else {}
    counts: dict[str, Any] = {"rows": tally.rows, **held, **missing}
    where = {"source": one.source, "collection": one.collection}
    leftovers.note(one.name)
    audit.record(case, "restriction.lifted", by=audit.SYSTEM, **counts, **where)
    tell_of_missing(case, one, missing)
    return True


@transaction.atomic
def _free(one: Restriction) -> Tally:
    one_at_a_time(one)
    (head, keys), run, tally = _opened(one), _gathered(one), Tally()
    with closing(KeysOnDisk()) as held:
        for other in _others(one):
            held.add(_opened(other)[1])
        while batch := list(islice(keys, BATCH)):
            free = [key for key in batch if key not in held]
            # What was sealed before identifiers were sealed with it is known by its keys alone.
            tally += mark_rows(run, free, head.whose or None, restricted=False)
            tally += Tally(held=len(batch) - len(free))
    return tally


def _opened(one: Restriction) -> tuple[Head, Iterator[Key]]:
    """By what the rows of a restriction were found, and their keys."""
    lines = vault.unsealed_lines(one.case, KeyUse.SCHEDULE, one.name)
    head = Head.read(next(lines))
    head.refuse_others(one.case.operator_id, one.source, one.collection)
    return head, (tuple(read_exactly(line)) for line in lines)


def _others(one: Restriction) -> QuerySet[Restriction]:
    """Whoever asked for them: no restriction ends with another's."""
    where = {"source": one.source, "collection": one.collection}
    open_ones = Restriction.objects.filter(case__operator=one.case.operator_id, lifted_at=None, **where)
    return open_ones.exclude(pk=one.pk).select_related("case__operator", "case__register")


def _gathered(one: Restriction) -> Run:
    """The run whose rows were restricted; gathered anew since, or gone, it began when they were restricted at last."""
    where = {"source": one.source, "collection": one.collection}
    run = one.case.runs.filter(**where).first() or Run(**where)
    run.case, run.started_at = one.case, min(run.started_at or one.restricted_at, one.restricted_at)
    return run

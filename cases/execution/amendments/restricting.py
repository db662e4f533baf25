"""Restricting rows at a source (Article 18), and lifting that again on the day that was announced.

The keys of restricted rows lie sealed under the case's schedule key, with the identifiers that found them, so that
they can be found again when the restriction is lifted: a key that is somebody else's by now lifts nothing of theirs,
and a row that another restriction still keeps stays restricted.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from cases.casework import audit, standstill
from cases.casework.case_clock import today
from cases.casework.workflow import lock
from cases.execution.deeds import CARRY_OUT
from cases.identity.known import identifiers_of
from cases.models import Action, Case, Restriction, Run, Task
from cases.models.keys import KeyUse
from cases.rows import chunks
from cases.rows.keys_on_disk import KeysOnDisk
from cases.rows.sealed_keys import Head
from cases.sealed import vault
from cases.sources.configured import collection_of, connector_of
from cases.sources.locks import any_lock
from cases.sources.ordinary_view import still_there
from cases.sources.places import place
from cases.sources.row_changes import in_parts, mark, tell_of_strangers
from connectors.contract.base import Identifier, Key, SourceError, SourceGarbage
from connectors.rows.graph import key_of, parsed
from connectors.rows.jsonline import exactly, read_exactly

BATCH = 5000
NOT_LIFTED = "restriction-not-lifted"
ROWS_GONE = "restricted-rows-gone"
BY_HAND, LIFT_BY_HAND = f"{CARRY_OUT}restriction", "lift-restriction"


def restrict(action: Action) -> int:
    """Restrict everything that was gathered in one collection; returns rows. Raises SourceError; safe to repeat."""
    case, name = action.case, f"cases/{action.case_id}/restricted/{action.pk}"
    run = case.runs.get(source=action.source, collection=action.collection)
    run.case = case
    collection = collection_of(case.operator_id, action.source, action.collection)
    head = Head(collection.key_columns, tuple(identifiers_of(case, collection)))
    asked = 0
    with vault.sealed_file(case, KeyUse.SCHEDULE, name) as file:
        file.write(head.line() + b"\n")
        for keys in _keys(run):
            asked += len(keys)
            file.write(b"".join(exactly(key) + b"\n" for key in keys))
    # Before the first row: what a source that fails half-way has restricted would else be lifted by nobody.
    restriction, made = Restriction.objects.update_or_create(
        case=case,
        source=action.source,
        collection=action.collection,
        defaults={"name": name},
        create_defaults={"name": name, "rows": 0},
    )
    tally = _restrict_all(run, restriction, head.whose)
    if not tally.rows:
        if made:
            restriction.delete()
        raise SourceGarbage("row-gone", action.collection)
    _tell_of_missing(case, action, tally.short_of(asked))
    return tally.rows


def _restrict_all(run: Run, restriction: Restriction, whose: Sequence[Identifier]) -> "_Tally":
    tally = _Tally()
    for keys in _keys(run):
        with transaction.atomic():
            _one_at_a_time(restriction)
            tally += _mark(run, keys, whose, restricted=True)
            Restriction.objects.filter(pk=restriction.pk).update(rows=tally.rows)
    return tally


def _one_at_a_time(one: Restriction) -> None:
    """Until the transaction ends: who lifts knows of every restriction, and none begins before the rows are free."""
    any_lock([f"restriction:{one.case.operator_id}/{one.source}/{one.collection}"])


@dataclass(frozen=True)
class _Tally:
    """How many rows say what was ordered, and how many with a key of the person's are somebody else's by now.

    ``held``: rows that were not to be lifted, because another restriction keeps them.
    """

    rows: int = 0
    strangers: int = 0
    held: int = 0

    def __add__(self, more: "_Tally") -> "_Tally":
        return _Tally(self.rows + more.rows, self.strangers + more.strangers, self.held + more.held)

    def short_of(self, expected: int) -> dict[str, int]:
        """What became of the rest, for the record: gone, or passed on to somebody else."""
        missing = max(0, expected - self.rows - self.held)
        passed_on = min(self.strangers, missing)
        counts = {"gone": missing - passed_on, "passed_on": passed_on}
        return {name: count for name, count in counts.items() if count}


def _mark(run: Run, keys: Sequence[Key], whose: Sequence[Identifier] | None, *, restricted: bool) -> _Tally:
    """What an erasure has said is gone meanwhile is left alone and counted as gone, whatever keeps it."""
    operator, tally = run.case.operator_id, _Tally()
    connector = connector_of(operator, run.source)
    for part in in_parts(operator, run.source, run.collection, still_there(run, keys)):
        with place(operator, run.source):
            found = mark(connector, run.collection, part, whose, restricted=restricted)
        tally += _Tally(*found)
    return tally


def _tell_of_missing(case: Case, where: Action | Restriction, missing: dict[str, int]) -> None:
    """Rows that a restriction should keep and that are not there are for a person to look after."""
    if "passed_on" in missing:
        tell_of_strangers(case, where.source, where.collection)
    if "gone" in missing:
        detail = f"{where.source}/{where.collection}"
        Task.objects.get_or_create(
            operator=case.operator, case=case, kind=ROWS_GONE, detail=detail, done_at=None
        )


def _keys(run: Run) -> Iterator[list[Key]]:
    """The keys of everything that was gathered in the open view, a batch at a time."""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    keys = (key_of(collection, parsed(line)) for line in chunks.lines(run))
    while batch := list(islice(keys, BATCH)):
        yield batch


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
    return sum(_lift(one.pk, on) for one in open_ones.order_by("lifts_on"))


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
def _note_lifted(one: Restriction, tally: _Tally) -> bool:
    case = lock(one.case_id)
    still = Restriction.objects.filter(pk=one.pk, lifted_at=None)
    # Whoever changes the row writes the record; another worker may have been quicker.
    if not still.update(lifted_at=timezone.now(), error=""):
        return False
    missing = tally.short_of(one.rows)
    held = {"still_restricted": tally.held} if tally.held else {}
    counts: dict[str, Any] = {"rows": tally.rows, **held, **missing}
    where = {"source": one.source, "collection": one.collection}
    audit.record(case, "restriction.lifted", by=audit.SYSTEM, **counts, **where)
    _tell_of_missing(case, one, missing)
    return True


@transaction.atomic
def _free(one: Restriction) -> _Tally:
    _one_at_a_time(one)
    (head, keys), run, tally = _opened(one), _gathered(one), _Tally()
    with closing(KeysOnDisk()) as held:
        for other in _others(one):
            held.add(_opened(other)[1])
        while batch := list(islice(keys, BATCH)):
            free = [key for key in batch if key not in held]
            # What was sealed before identifiers were sealed with it is known by its keys alone.
            tally += _mark(run, free, head.whose or None, restricted=False)
            tally += _Tally(held=len(batch) - len(free))
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

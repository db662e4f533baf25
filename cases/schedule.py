"""What must be kept now goes by itself the day after its last day.

The keys of kept rows, each with the signature its hold was judged by, lie sealed under the case's schedule key, which
outlives everything else of the case. On its day each row is judged again: what a newer order or hold keeps is put off
until that ends. What only a secret order keeps is listed apart, and shows in no count that others see.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import orjson
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cases import assessment, audit, rowkeys, vault
from cases.clock import date_of_receipt
from cases.decisions import judge, judge_cleared
from cases.evidence import cleared_situation_of, covering, orders_on, recorder
from cases.models import Case, Order, Run, ScheduledErasure, Task
from cases.models.keys import KeyUse
from cases.operators import collection_of, connector_of, register_of_case
from cases.situation import ClearedSituation, Record
from connectors.base import Key, SourceError

BATCH = 5000
CONTRACT = "CONTRACT"
FAILED = "scheduled-erasure-failed"


@dataclass(frozen=True)
class Entry:
    """What rows that go on the same day for the same reason have in common."""

    rule: str
    until: date | None
    secret: bool = False


def write(case: Case, run: Run, day: date) -> None:
    """Seal the keys of the run's kept rows and note when which of them go, by verdicts of ``day``. Safe to repeat."""
    collection = collection_of(case.operator_id, run.source, run.collection)
    if collection.on_erase != "none":
        _seal(case, run.source, run.collection, f"cases/{case.pk}/schedule/{run.pk}", _kept(case, run, day))


def _kept(case: Case, run: Run, day: date) -> Iterator[tuple[Entry, Key, Record]]:
    record_of, cleared = recorder(run, orders_on(case)), cleared_situation_of(case, day)
    decided = assessment.verdict_for(case, run, lambda record: judge(record, cleared.ordinary))
    for _number, page in rowkeys.pages(run):
        for marks, keys in page.items():
            record = record_of(marks)
            if entry := _entry(record, cleared, erased=decided(record) in {"erase", "gone"}):
                yield from ((entry, key, record) for key in keys)


def _entry(record: Record, cleared: ClearedSituation, *, erased: bool = False) -> Entry | None:
    """Until when a row is kept and by what; None for one that goes now, or that a running contract needs.

    ``erased``: whoever may know of open holds only has decided to erase it.
    """
    found = judge(record, cleared.ordinary)
    if found.verdict == "keep" and not erased:
        return Entry(found.rule or "", found.until) if found.rule != CONTRACT else None
    secretly = judge_cleared(record, cleared)
    if secretly.verdict == "keep" and secretly.rule not in (found.rule, CONTRACT):
        return Entry(secretly.rule or "", secretly.until, secret=True)
    return None


def _seal(
    case: Case, source: str, collection: str, name: str, kept: Iterable[tuple[Entry, Key, Record]]
) -> None:
    counts: Counter[Entry] = Counter()
    with vault.sealed_file(case, KeyUse.SCHEDULE, name) as file:
        for entry, key, record in kept:
            counts[entry] += 1
            file.write(orjson.dumps([_marks(entry), key, *_written(record)]) + b"\n")
    if not counts:
        vault.delete(name)
    for entry, rows in counts.items():
        ScheduledErasure.everything.get_or_create(
            case=case,
            source=source,
            collection=collection,
            rule=entry.rule,
            until=entry.until,
            secret=entry.secret,
            name=name,
            defaults={"rows": rows},
        )


def _marks(entry: Entry) -> list[object]:
    return [entry.rule, entry.until.isoformat() if entry.until else None, entry.secret]


def _written(record: Record) -> list[object]:
    return [record.category, record.kind, record.at, record.claim, record.hidden_number, record.other_person]


def _read(one: ScheduledErasure, orders: list[Order]) -> Iterator[tuple[Key, Record]]:
    """The rows of an entry as they were judged, under the orders that are known now."""
    wanted = _marks(Entry(one.rule, one.until, one.secret))
    for line in vault.unsealed_lines(one.case, KeyUse.SCHEDULE, one.name):
        marks, key, category, kind, at, claim, hidden, other = orjson.loads(line)
        if marks == wanted:
            day = date.fromisoformat(at) if at else None
            covered = covering(orders, category, day)
            yield tuple(key), Record(category, kind, day, claim, hidden, other, covered)


def erase_due(on: date | None = None) -> int:
    """Erase everything whose last day lies before ``on`` (default: each operator's local today). Returns rows."""
    latest = on or timezone.now().date() + timedelta(days=1)
    due = ScheduledErasure.everything.filter(Q(until__lt=latest) | Q(until=None), erased_at=None)
    return sum(_erase_if_due(one, on) for one in due.select_related("case__register").order_by("until"))


def _erase_if_due(one: ScheduledErasure, on: date | None) -> int:
    day = on or date_of_receipt(timezone.now(), register_of_case(one.case).time_zone)
    if (one.until and one.until >= day) or one.judged_on == day:
        return 0
    try:
        return _erase(one.pk, day)
    except (SourceError, OSError, ValueError, vault.KeyDestroyed) as error:
        _note_failure(one, error)
        return 0


@transaction.atomic
def _note_failure(one: ScheduledErasure, error: Exception) -> None:
    """It is tried again every hour; a person is told, because the case is long closed."""
    said = str(error) if isinstance(error, SourceError) else type(error).__name__
    ScheduledErasure.everything.filter(pk=one.pk).update(error=said[:300])
    if not one.secret:
        detail = f"{one.source}/{one.collection}"
        Task.objects.get_or_create(
            operator=one.case.operator, case=one.case, kind=FAILED, detail=detail, done_at=None
        )


@transaction.atomic
def _erase(entry_id: int, day: date) -> int:
    free = ScheduledErasure.everything.select_for_update(skip_locked=True, of=("self",))
    one = free.select_related("case__operator", "case__register").filter(pk=entry_id, erased_at=None).first()
    if one is None:
        return 0
    going, staying, released = _sort(one, day)
    if not going and not released and {entry for entry, _key, _record in staying} <= {_as_it_is(one)}:
        one.judged_on = day
        one.save(update_fields=["judged_on"])
        return 0
    _erase_at_source(one, going)
    if staying:
        _seal(one.case, one.source, one.collection, f"{one.name}-{one.pk}", staying)
    openly = sum(not entry.secret for entry, _key, _record in staying) + released
    _close(one, day, one.rows - openly if not one.secret else len(going))
    return len(going)


def _as_it_is(one: ScheduledErasure) -> Entry:
    return Entry(one.rule, one.until, one.secret)


def _sort(one: ScheduledErasure, day: date) -> tuple[list[Key], list[tuple[Entry, Key, Record]], int]:
    """The keys that go, the rows something still keeps, and how many the running contract has taken over."""
    going, staying, released = [], [], 0
    cleared = cleared_situation_of(one.case, day)
    for key, record in _read(one, orders_on(one.case)):
        if judge_cleared(record, cleared).verdict != "keep":
            going.append(key)
        elif entry := _entry(record, cleared):
            staying.append((entry, key, record))
        else:
            released += 1
    return going, staying, released


def _erase_at_source(one: ScheduledErasure, keys: list[Key]) -> None:
    connector = connector_of(one.case.operator_id, one.source)
    batches = [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]
    for batch in batches:
        connector.erase(one.collection, batch, dry_run=False)
    if left := sum(connector.remaining(one.collection, batch) for batch in batches):
        raise SourceError("still-there", f"{left} rows")


def _close(one: ScheduledErasure, day: date, erased: int) -> None:
    one.erased_at, one.erased, one.judged_on, one.error = timezone.now(), erased, day, ""
    one.save()
    stream = "cleared" if one.secret else "open"
    place = {"source": one.source, "collection": one.collection, "rule": one.rule}
    audit.record(one.case, "rows.erased-on-schedule", by=audit.SYSTEM, stream=stream, rows=erased, **place)
    if not ScheduledErasure.everything.filter(case=one.case, erased_at=None).exists():
        vault.destroy(one.case, KeyUse.SCHEDULE)
        folder = f"cases/{one.case_id}/schedule"
        transaction.on_commit(lambda: vault.delete_folder(folder))

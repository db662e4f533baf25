"""Erasing what was kept, the day after its last day: judged again, taken batch by batch, asked for again, noted.

A batch at a time is in memory and has a place at the source. A worker killed anywhere leaves an entry that is done
again from its beginning, which erases nothing twice.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import islice

from django.db import transaction
from django.utils import timezone

from cases.assessment.situations import all_orders_on, cleared_situation_of
from cases.casework import audit, standstill
from cases.execution.erasure import coming_back
from cases.execution.erasure.due import day_of, is_due
from cases.execution.erasure.entries import Which, end_secretly, find, in_turn, write
from cases.execution.erasure.guarded import counted, waits
from cases.execution.erasure.schedule import Entry, entry_for, entry_of, put_off, read, read_head
from cases.law.decisions import judge_cleared
from cases.law.situation import Record
from cases.models import Case, Order, ScheduledErasure, Task
from cases.models.keys import KeyUse
from cases.rows.sealed_keys import Head
from cases.sealed import leftovers, orders_key, vault
from cases.sources.configured import connector_of
from cases.sources.ordinary_view import Gone, note_said_erased
from cases.sources.places import place
from cases.sources.row_changes import IN_THE_WAY, all_at_once, in_parts, remove, tell_of_strangers, would_hit
from connectors.contract.base import Key, SourceError

BATCH = 5000
FAILED = "scheduled-erasure-failed"


def erase_due(on: date | None = None) -> int:
    """Erase everything whose last day lies before ``on`` (default: each operator's local today).

    Returns rows as everybody may know of them: those under a secret rule are not counted. Raises NotCleared.
    """
    orders_key.require()
    if standstill.stops("scheduled-erasure"):
        return 0
    waiting, rows = in_turn(on), 0
    while waiting:
        stuck: dict[Which, SourceError] = {}
        for which in waiting:
            rows += _erase_if_due(which, on, stuck)
        # As in an erasure: what none of these takes out of the way is a failure.
        if len(stuck) == len(waiting):
            for which, error in stuck.items():
                _note_failure(which, error)
        waiting = list(stuck) if len(stuck) < len(waiting) else []
    return rows


def _erase_if_due(which: Which, on: date | None, stuck: dict[Which, SourceError]) -> int:
    one = find(which)
    if one is None:
        return 0
    try:
        day = day_of(one, on)
        if is_due(one, day) and not waits(one.case, source=one.source, collection=one.collection):
            return _erase(one, day)
    except SourceError as error:
        if error.code == IN_THE_WAY:
            stuck[which] = error
        else:
            _note_failure(which, error)
    except Exception as error:  # noqa: BLE001
        # Whatever is wrong with one entry keeps no other from being erased.
        _note_failure(which, error)
    return 0


@transaction.atomic
def _note_failure(which: Which, error: Exception) -> None:
    """It is tried again every hour; a person is told once, because the case is long closed.

    Nothing where another worker has erased it meanwhile.
    """
    one = find(which, lock=True)
    said = (str(error) if isinstance(error, SourceError) else type(error).__name__)[:300]
    if one is None or one.error == said:
        return
    write(one, error=said)
    # A task is seen by everybody at the desk.
    if not one.secret:
        detail = f"{one.source}/{one.collection}"
        Task.objects.get_or_create(
            operator=one.case.operator, case=one.case, kind=FAILED, detail=detail, done_at=None
        )


@dataclass(frozen=True)
class _Sorting:
    """An entry's rows by what becomes of each: erased, kept under an entry, or left to the running contract."""

    one: ScheduledErasure
    orders: list[Order]
    kept_by: Callable[[Record], Entry | str]

    def going(self) -> Iterator[Key]:
        return (key for key, record in self._rows() if self.kept_by(record) == GOES)

    def staying(self) -> Iterator[tuple[Entry, Key, Record]]:
        for key, record in self._rows():
            if isinstance(entry := self.kept_by(record), Entry):
                yield entry, key, record

    def said(self) -> Iterator[Gone]:
        """What goes as far as everybody knows, also where a secret order keeps it."""
        for key, record in self._rows():
            kept = self.kept_by(record)
            if kept == GOES or (isinstance(kept, Entry) and kept.secret):
                yield key, record.at

    def counts(self) -> Counter[Entry | str]:
        return Counter(self.kept_by(record) for _key, record in self._rows())

    def _rows(self) -> Iterator[tuple[Key, Record]]:
        return read(self.one, self.orders)


GOES, RELEASED = "goes", "released"


def _sorting(one: ScheduledErasure, day: date) -> _Sorting:
    cleared = cleared_situation_of(one.case, day)

    @cache
    def kept_by(record: Record) -> Entry | str:
        if judge_cleared(record, cleared).verdict != "keep":
            return GOES
        return entry_for(record, cleared) or RELEASED

    return _Sorting(one, all_orders_on(one.case), kept_by)


def _erase(one: ScheduledErasure, day: date) -> int:
    rows = _sorting(one, day)
    counts, head = rows.counts(), read_head(one)
    # Kept by the same rule until the same day as before: nothing to do until tomorrow.
    if set(counts) <= {entry_of(one)} and counts:
        write(one, judged_on=day)
        return 0
    head.refuse_others(one.case.operator_id, one.source, one.collection)
    # As in an erasure: what only a secret order keeps is asked for with the rest, and so a source that is away, or a
    # row that is somebody else's by now, shows in everybody's case alike.
    passed_on = _try_dry(one, head, rows.going() if one.secret else (key for key, _day in rows.said()))
    _erase_at_source(one, head, rows.going(), passed_on=passed_on)
    closed = _close(one, day, head, rows, counts)
    return one.erased or 0 if closed and not one.secret else 0


def _gone(one: ScheduledErasure, counts: Counter[Entry | str]) -> int:
    """How many rows we have erased, as everybody may know: what had gone or passed on before, we have not.

    Whoever may not know of a secret order is told that its rows went with the rest.
    """
    secretly = sum(count for entry, count in counts.items() if isinstance(entry, Entry) and entry.secret)
    return min(one.found or 0, counts[GOES] + (0 if one.secret else secretly))


def _try_dry(one: ScheduledErasure, head: Head, going: Iterable[Key]) -> bool:
    """Note how many rows the source holds, once: of a try that broke off nobody knows how far it came.

    Whether some may be somebody else's by now: then a person is told.
    """
    if one.found is not None:
        return True
    connector, found, strangers = connector_of(one.case.operator_id, one.source), 0, 0
    for part in _parts(one, going):
        with place(one.case.operator_id, one.source):
            mine, others = would_hit(connector, one.collection, part, head.whose)
        found, strangers = (
            found + counted(one.case, one.source, one.collection, mine, part),
            strangers + others,
        )
    if strangers and not one.secret:
        tell_of_strangers(one.case, one.source, one.collection)
    write(one, found=found)
    return strangers > 0


def _erase_at_source(one: ScheduledErasure, head: Head, going: Iterable[Key], *, passed_on: bool) -> None:
    connector, strangers = connector_of(one.case.operator_id, one.source), 0
    for part in _parts(one, going):
        with place(one.case.operator_id, one.source):
            removed = remove(connector, one.collection, part, head.whose, passed_on=passed_on)
        if removed.left:
            raise SourceError("still-there", f"{removed.left} rows")
        strangers += removed.strangers
    if strangers and not one.secret:
        tell_of_strangers(one.case, one.source, one.collection)


def _parts(one: ScheduledErasure, going: Iterable[Key]) -> Iterator[Sequence[Key]]:
    where, keys = (one.case.operator_id, one.source, one.collection), iter(going)
    while batch := list(islice(keys, None if all_at_once(*where) else BATCH)):
        yield from in_parts(*where, batch)


@transaction.atomic
def _close(
    one: ScheduledErasure, day: date, head: Head, rows: _Sorting, counts: Counter[Entry | str]
) -> bool:
    """False where another worker has done it meanwhile."""
    if find((one.secret, one.pk), lock=True) is None:
        return False
    if entries := [entry for entry in counts if isinstance(entry, Entry)]:
        put_off(one, head, rows.staying, entries)
    write(one, erased=_gone(one, counts), erased_at=timezone.now(), judged_on=day, error="")
    if not one.secret:
        part = f"schedule-{one.pk}"
        note_said_erased(one.case, one.source, one.collection, part, rows.said())
        coming_back.remember(one.case, one.source, one.collection, part, rows.going())
    stream = "cleared" if one.secret else "open"
    where = {"source": one.source, "collection": one.collection, "rule": one.rule}
    audit.record(
        one.case, "rows.erased-on-schedule", by=audit.SYSTEM, stream=stream, rows=one.erased, **where
    )
    if one.secret:
        end_secretly(one)
    else:
        _end_key(one.case)
    return True


def _end_key(case: Case) -> None:
    # The schedule's key outlives the case's others, and ends with its last row that everybody knows of.
    if not ScheduledErasure.objects.filter(case=case, erased_at=None).exists():
        vault.destroy(case, KeyUse.SCHEDULE)
        leftovers.note(f"cases/{case.pk}/schedule/")

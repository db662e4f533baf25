"""What must be kept now goes by itself the day after its last day.

The keys of kept rows, each with the signature its hold was judged by, lie sealed under the case's schedule key, which
outlives everything else of the case. On its day each row is judged again: what a newer order or hold keeps is put off
until that ends. What only a secret order keeps is listed apart, and shows in no count that others see. The
identifiers that found the rows are sealed with them: a key that has passed to somebody else's row takes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from cases.assessment import assessing
from cases.assessment.situations import all_orders_on, cleared_situation_of
from cases.identity.known import identifiers_of
from cases.law.decisions import judge, judge_cleared
from cases.law.situation import ClearedSituation, Record
from cases.models import Case, Order, Run, ScheduledErasure
from cases.models.keys import KeyUse
from cases.rows import rowkeys
from cases.rows.sealed_keys import Head
from cases.rows.signatures import covering, recorder
from cases.sealed import vault
from cases.sources.configured import collection_of
from connectors.contract.base import Key
from connectors.rows.jsonline import exactly, read_exactly

CONTRACT = "CONTRACT"


@dataclass(frozen=True)
class Entry:
    """What rows that go on the same day for the same reason have in common."""

    rule: str
    until: date | None
    secret: bool = False


@dataclass(frozen=True)
class Place:
    """Where rows lie, and the sealed file with their keys."""

    source: str
    collection: str
    name: str


def write(case: Case, run: Run, day: date) -> None:
    """Seal the keys of the run's kept rows and note when which of them go, by verdicts of ``day``. Safe to repeat."""
    collection = collection_of(case.operator_id, run.source, run.collection)
    if collection.on_erase != "none" and _may_keep(case, run):
        place = Place(run.source, run.collection, f"cases/{case.pk}/schedule/{run.pk}")
        head = Head(collection.key_columns, tuple(identifiers_of(case, collection)))
        counts = _seal(case, place, head, _kept(case, run, day))
        _list(case, place, counts)


def _may_keep(case: Case, run: Run) -> bool:
    """False where nothing was found to be kept and no order is about the person: then no row need be looked at."""
    found = run.findings.exclude(verdict__in=("erase", "gone")).exists()
    decided = case.decisions.filter(subject=run.category, outcome="keep").exists()
    return found or decided or bool(all_orders_on(case))


def _kept(case: Case, run: Run, day: date) -> Iterator[tuple[Entry, Key, Record]]:
    record_of, cleared = recorder(run, all_orders_on(case)), cleared_situation_of(case, day)
    decided = assessing.verdict_for(case, run, lambda record: judge(record, cleared.ordinary))
    for _number, page in rowkeys.pages(run):
        for marks, keys in page.items():
            record = record_of(marks)
            if entry := entry_for(record, cleared, erased=decided(record) in {"erase", "gone"}):
                yield from ((entry, key, record) for key in keys)


def entry_for(record: Record, cleared: ClearedSituation, *, erased: bool = False) -> Entry | None:
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


def _seal(case: Case, place: Place, head: Head, kept: Iterable[tuple[Entry, Key, Record]]) -> Counter[Entry]:
    counts: Counter[Entry] = Counter()
    with vault.sealed_file(case, KeyUse.SCHEDULE, place.name) as file:
        file.write(head.line() + b"\n")
        for entry, key, record in kept:
            counts[entry] += 1
            file.write(exactly([_marks(entry), key, *_written(record)]) + b"\n")
    if not counts:
        vault.delete(place.name)
    return counts


def _list(case: Case, place: Place, counts: Counter[Entry]) -> None:
    """One entry a day and rule; those of the same file that hold nothing any more go."""
    where = {"case": case, "source": place.source, "collection": place.collection, "name": place.name}
    kept = [_find_or_list(where, entry, rows).pk for entry, rows in counts.items()]
    ScheduledErasure.everything.filter(**where, erased_at=None).exclude(pk__in=kept).delete()


def _find_or_list(where: dict[str, Any], entry: Entry, rows: int) -> ScheduledErasure:
    found, _made = ScheduledErasure.everything.update_or_create(
        **where, rule=entry.rule, until=entry.until, secret=entry.secret, defaults={"rows": rows}
    )
    return found


def _marks(entry: Entry) -> list[object]:
    return [entry.rule, entry.until.isoformat() if entry.until else None, entry.secret]


def _written(record: Record) -> list[object]:
    return [record.category, record.kind, record.at, record.claim, record.hidden_number, record.other_person]


def read_head(one: ScheduledErasure) -> Head:
    """What the file of an entry says of all its rows. Raises vault.KeyDestroyed, ValueError, OSError."""
    lines = vault.unsealed_lines(one.case, KeyUse.SCHEDULE, one.name)
    return Head.read(next(lines))


def read(one: ScheduledErasure, orders: list[Order]) -> Iterator[tuple[Key, Record]]:
    """The rows of an entry as they were judged, under the orders that are known now."""
    wanted = _marks(entry_of(one))
    lines = vault.unsealed_lines(one.case, KeyUse.SCHEDULE, one.name)
    next(lines)
    for line in lines:
        marks, key, category, kind, at, claim, hidden, other = read_exactly(line)
        if marks == wanted:
            day = date.fromisoformat(at) if at else None
            covered = covering(orders, category, day)
            yield tuple(key), Record(category, kind, day, claim, hidden, other, covered)


def entry_of(one: ScheduledErasure) -> Entry:
    return Entry(one.rule, one.until, one.secret)


def put_off(one: ScheduledErasure, head: Head, kept: Iterable[tuple[Entry, Key, Record]]) -> None:
    """Rows that something newer keeps, in a file of their own."""
    place = Place(one.source, one.collection, f"{one.name}-{one.pk}")
    _list(one.case, place, _seal(one.case, place, head, kept))

"""What must be kept now goes by itself the day after its last day.

The keys of kept rows, each with the signature its hold was judged by, lie sealed under the case's schedule key, which
outlives everything else of the case. On its day each row is judged again: what a newer order or hold keeps is put off
until that ends. What only a secret order keeps lies in files of its own, under the key of secret orders, and shows in
no count that others see. The identifiers that found the rows are sealed with them: a key that has passed to somebody
else's row takes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from cases.assessment import assessing
from cases.assessment.situations import all_orders_on, cleared_situation_of, open_orders_on, sealed_orders_on
from cases.identity.known import identifiers_of
from cases.law.decisions import judge, judge_cleared
from cases.law.situation import ClearedSituation, Record
from cases.models import Case, Order, Run, ScheduledErasure
from cases.models.keys import KeyUse
from cases.models.secrecy import Kind
from cases.rows import rowkeys
from cases.rows.sealed_keys import Head
from cases.rows.signatures import covering, recorder
from cases.sealed import orders_key, secrets, vault
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


# A row that stays: what it is kept under, its key, and what it was judged by.
Kept = tuple[Entry, Key, Record]


@dataclass(frozen=True)
class Place:
    """Where rows lie, and the sealed file with their keys."""

    source: str
    collection: str
    name: str


def write(case: Case, run: Run, day: date) -> None:
    """Seal the keys of the run's kept rows and note when which of them go, by verdicts of ``day``. Safe to repeat.

    Raises NotCleared.
    """
    collection = collection_of(case.operator_id, run.source, run.collection)
    if collection.on_erase != "none":
        place = Place(run.source, run.collection, f"cases/{case.pk}/schedule/{run.pk}")
        head = Head(collection.key_columns, tuple(identifiers_of(case, collection)))
        # Apart from each other, or the case would have a key for what is kept in secret.
        may_be = (_may_keep(case, run), bool(sealed_orders_on(case)))
        _write(case, place, head, partial(_kept, case, run, day), may_be)


def _may_keep(case: Case, run: Run) -> bool:
    """False where nothing was found to be kept and no open order is about the person: no row need be looked at."""
    found = run.findings.exclude(verdict__in=("erase", "gone")).exists()
    decided = case.decisions.filter(subject=run.category, outcome="keep").exists()
    return found or decided or bool(open_orders_on(case))


def _kept(case: Case, run: Run, day: date) -> Iterator[Kept]:
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


def _write(
    case: Case, place: Place, head: Head, kept: Callable[[], Iterable[Kept]], may_be: tuple[bool, bool]
) -> None:
    """``may_be``: whether rows may be among them that are kept in the open, and in secret."""
    counts: Counter[Entry] = Counter()
    for secret, is_possible in zip((False, True), may_be, strict=True):
        if is_possible:
            theirs = (one for one in kept() if one[0].secret is secret)
            counts += _seal(case, place.name, head, theirs, secret=secret)
    _list(case, place, {entry: rows for entry, rows in counts.items() if not entry.secret})
    _list_secretly(case, place, {entry: rows for entry, rows in counts.items() if entry.secret})


def _seal(case: Case, name: str, head: Head, kept: Iterable[Kept], *, secret: bool) -> Counter[Entry]:
    counts: Counter[Entry] = Counter()
    file = secret_file(name) if secret else name
    writing = (
        vault.sealed_to(orders_key.recipient(), file)
        if secret
        else vault.sealed_file(case, KeyUse.SCHEDULE, file)
    )
    with writing as out:
        out.write(head.line() + b"\n")
        for entry, key, record in kept:
            counts[entry] += 1
            out.write(exactly([_marks(entry), key, *_written(record)]) + b"\n")
    if not counts:
        vault.delete(file)
    return counts


def secret_file(name: str) -> str:
    """Where the keys lie that a secret order keeps: nothing in the vault tells of which case. Raises NotCleared."""
    return f"orders/{orders_key.mark('file', name)}"


def _list(case: Case, place: Place, counts: Mapping[Entry, int]) -> None:
    """One entry a day and rule; those of the same file that hold nothing any more go."""
    where = {"case": case, "source": place.source, "collection": place.collection, "name": place.name}
    kept = [_find_or_list(where, entry, rows).pk for entry, rows in counts.items()]
    ScheduledErasure.objects.filter(**where, erased_at=None).exclude(pk__in=kept).delete()


def _find_or_list(where: dict[str, Any], entry: Entry, rows: int) -> ScheduledErasure:
    found, _made = ScheduledErasure.objects.update_or_create(
        **where, rule=entry.rule, until=entry.until, secret=False, defaults={"rows": rows}
    )
    return found


def _list_secretly(case: Case, place: Place, counts: Mapping[Entry, int]) -> None:
    """The same for what lies sealed."""
    where = {"source": place.source, "collection": place.collection, "name": place.name}
    same = [one for one in secret_entries(case) if place == Place(one.source, one.collection, one.name)]
    before = {entry_of(one): one for one in same}
    for entry, rows in counts.items():
        if one := before.pop(entry, None):
            one.rows = rows
            secrets.change(one)
        else:
            made = ScheduledErasure(
                case=case, rule=entry.rule, until=entry.until, secret=True, rows=rows, **where
            )
            secrets.keep(Kind.ERASURE, case.operator_id, str(case.pk), made)
    secrets.drop(*before.values())
    if before and not counts:
        vault.delete(secret_file(place.name))


def waits_for_its_day(case: Case) -> bool:
    """Whether any of its rows are kept until a day. Raises NotCleared."""
    return ScheduledErasure.objects.filter(case=case, erased_at=None).exists() or bool(secret_entries(case))


def secret_entries(case: Case) -> list[ScheduledErasure]:
    """What only secret orders keep of a case. Raises NotCleared."""
    return secrets.about(ScheduledErasure, Kind.ERASURE, case.operator_id, str(case.pk))


def _marks(entry: Entry) -> list[object]:
    return [entry.rule, entry.until.isoformat() if entry.until else None, entry.secret]


def _written(record: Record) -> list[object]:
    return [record.category, record.kind, record.at, record.claim, record.hidden_number, record.other_person]


def read_head(one: ScheduledErasure) -> Head:
    """What the file of an entry says of all its rows. Raises vault.KeyDestroyed, ValueError, OSError."""
    return Head.read(next(_lines(one)))


def _lines(one: ScheduledErasure) -> Iterator[bytes]:
    if one.secret:
        # A dump from before they were sealed apart may have been restored without the keys that took them apart.
        with suppress(FileNotFoundError):
            return vault.split_lines(vault.unsealed_by(orders_key.identity(), secret_file(one.name)))
    return vault.unsealed_lines(one.case, KeyUse.SCHEDULE, one.name)


def read(one: ScheduledErasure, orders: list[Order]) -> Iterator[tuple[Key, Record]]:
    """The rows of an entry as they were judged, under the orders that are known now."""
    wanted = _marks(entry_of(one))
    lines = _lines(one)
    next(lines)
    for line in lines:
        marks, key, category, kind, at, claim, hidden, other = read_exactly(line)
        if marks == wanted:
            day = date.fromisoformat(at) if at else None
            covered = covering(orders, category, day)
            yield tuple(key), Record(category, kind, day, claim, hidden, other, covered)


def entry_of(one: ScheduledErasure) -> Entry:
    return Entry(one.rule, one.until, one.secret)


def put_off(
    one: ScheduledErasure, head: Head, kept: Callable[[], Iterable[Kept]], entries: Iterable[Entry]
) -> None:
    """Rows that something newer keeps, in a file of their own. ``entries``: those they are kept under."""
    place, secret = Place(one.source, one.collection, f"{one.name}-{one.pk}"), {one.secret for one in entries}
    _write(one.case, place, head, kept, (False in secret, True in secret))

"""Rows that were erased and come back: a backup is put back, or a system is filled anew by another one.

For so many days as the operator's register says, the source is asked every week by the keys of the rows, and by the
person's identifiers besides: a key that is another's row by now is nobody's return. Whatever came back is a task; its
way on is a second pass, which judges and erases it as any other case does. Where a secret rule can touch rows, only
cleared processes ask, in everybody's case alike, and only cleared officers hear of it (`over_retained`).
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from cases.casework import audit, case_clock, standstill
from cases.casework.operators import register_of_case
from cases.casework.secrecy import guarded, undecided
from cases.casework.workflow import lock
from cases.execution.erasure import over_retained
from cases.identity.known import identifiers_of
from cases.law.situation import SECRET_CATEGORIES
from cases.models import Case, ErasedKeys, LaterRows, Task
from cases.models.execution import in_a_week
from cases.models.keys import KeyUse
from cases.rows.sealed_keys import Head
from cases.sealed import orders_key, vault
from cases.sources.configured import collection_of, connector_of
from cases.sources.places import place
from cases.sources.row_changes import in_parts
from connectors.contract.base import Key, SourceError
from connectors.rows.jsonline import exactly, read_exactly

CAME_BACK = "erased-came-back"
AGAIN = timedelta(days=1)


def remember(case: Case, source: str, collection: str, part: str, keys: Iterable[Key]) -> None:
    """Rows that the source has just confirmed to be gone, in the caller's transaction. The same part replaces itself.

    Of what a secret rule can touch no key is kept, only that there is something to ask after.
    """
    days = register_of_case(case).settings.erased_keys_days
    touched = _is_touched(case, source, collection)
    kept = [] if touched else list(keys)
    if not days or not (kept or touched):
        return
    described = collection_of(case.operator_id, source, collection)
    try:
        head = Head(described.key_columns, tuple(identifiers_of(case, described)))
        sealed = vault.seal(case, KeyUse.FILE, b"\n".join([head.line(), *(exactly(key) for key in kept)]))
    except vault.KeyDestroyed:
        # A schedule outlives the case's file, and from then on nobody is looked for by it.
        return
    ErasedKeys.objects.update_or_create(
        case=case,
        source=source,
        collection=collection,
        part="" if touched else part,
        defaults={
            "sealed": sealed,
            "until": case_clock.today(case) + timedelta(days=days),
            "secret": touched,
        },
    )


def _is_touched(case: Case, source: str, collection: str) -> bool:
    category = collection_of(case.operator_id, source, collection).category
    return category in guarded(case.operator_id) | undecided(case.operator_id) | SECRET_CATEGORIES


def ask() -> int:
    """Ask after what is due and no secret rule can touch. Returns how many collections have rows back."""
    return _ask_all(secret=False)


def ask_cleared() -> int:
    """The same of what one can touch. Raises NotCleared."""
    orders_key.require()
    return _ask_all(secret=True)


def _ask_all(*, secret: bool) -> int:
    if standstill.stops("asking-after-erasures"):
        return 0
    _forget()
    kept = ErasedKeys.objects.filter(secret=secret)
    due = kept.filter(next_ask_at__lte=timezone.now()).order_by()
    places = list(due.values("case", "source", "collection").distinct())
    # All pages at once: of a part of them the number would be one of no rows that anybody knows.
    return sum(_ask(kept.filter(**one).select_related("case__operator", "case__register")) for one in places)


def _forget() -> None:
    """What has been asked after for long enough: keys that are kept for nothing any more."""
    for operator_day in ErasedKeys.objects.filter(until__lt=timezone.localdate()).select_related(
        "case__register"
    ):
        if operator_day.until < case_clock.today(operator_day.case):
            operator_day.delete()


def _ask(pages: QuerySet[ErasedKeys]) -> bool:
    """Whether rows of one collection are back. The rules are asked again: what was open may have become secret."""
    one = pages.first()
    if one is None:
        return False
    try:
        if not one.secret and _is_touched(one.case, one.source, one.collection):
            _hush(one)
            return False
    except SourceError:
        pages.update(next_ask_at=timezone.now() + AGAIN)
        return False
    except vault.KeyDestroyed:
        pages.delete()
        return False
    back = sum(map(_asked, pages.iterator()))
    if back and not one.secret:
        _tell(one, back)
    return back > 0


@transaction.atomic
def _hush(one: ErasedKeys) -> None:
    """No key is kept any more, only that there is something to ask after; cleared processes do. Raises KeyDestroyed."""
    where = {"case": one.case, "source": one.source, "collection": one.collection}
    every = ErasedKeys.objects.filter(**where)
    head, until = _lines(one)[0], every.aggregate(last=Max("until"))["last"]
    sealed = vault.seal(one.case, KeyUse.FILE, head)
    every.delete()
    ErasedKeys.objects.create(**where, sealed=sealed, until=until, secret=True, next_ask_at=timezone.now())


def _asked(one: ErasedKeys) -> int:
    """How many rows of a page are back. A source without an answer, or described otherwise now, is asked in a day."""
    try:
        back = over_retained.look(one.case, one.source, one.collection) if one.secret else _back(one)
    except SourceError:
        one.next_ask_at = timezone.now() + AGAIN
        one.save(update_fields=["next_ask_at"])
        return 0
    except vault.KeyDestroyed:
        one.delete()
        return 0
    one.next_ask_at, one.asked_at = in_a_week(), timezone.now()
    one.save(update_fields=["next_ask_at", "asked_at"])
    return back


def _lines(one: ErasedKeys) -> list[bytes]:
    return vault.unseal(one.case, KeyUse.FILE, one.sealed).split(b"\n")


def _back(one: ErasedKeys) -> int:
    """How many of the rows are there again and the person's. Raises SourceError, KeyDestroyed."""
    first, *lines = _lines(one)
    head, operator = Head.read(first), one.case.operator_id
    head.refuse_others(operator, one.source, one.collection)
    connector, found = connector_of(operator, one.source), 0
    for keys in in_parts(operator, one.source, one.collection, list(_keys(lines))):
        with place(operator, one.source):
            # Mostly nothing is there, and one question says so.
            if connector.remaining(one.collection, keys):
                found += connector.erase(one.collection, keys, dry_run=True, whose=head.whose)
    return found


def _keys(lines: Iterable[bytes]) -> Iterator[Key]:
    return (tuple(read_exactly(line)) for line in lines)


@transaction.atomic
def _tell(one: ErasedKeys, rows: int) -> None:
    """A task and an entry in the record, once until somebody has dealt with it; and the rows, for a second pass."""
    case = lock(one.case_id)
    LaterRows.everything.update_or_create(
        case=case,
        source=one.source,
        collection=one.collection,
        defaults={"rows": rows, "since": one.asked_at, "asked_at": timezone.now()},
    )
    _task, made = Task.objects.get_or_create(
        operator=case.operator,
        case=case,
        kind=CAME_BACK,
        detail=f"{one.source}/{one.collection}",
        done_at=None,
        defaults={"due_on": timezone.localdate()},
    )
    if made:
        where = {"source": one.source, "collection": one.collection}
        audit.record(case, "rows.came-back", by=audit.SYSTEM, rows=rows, **where)

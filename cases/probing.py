"""Objections are asked after: every week each source says whether one that was put into force still is.

A system that is restored from a backup, or filled anew by another one, forgets. What it shows is a task with an alert;
putting the objection into force again is one click of a caseworker.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cases import audit, vault
from cases.models import Case, Identifier, Suppression, Task, User
from cases.models.keys import KeyUse
from cases.operators import connector_of, sources_of
from cases.permissions import Permission, require
from cases.workflow import Refusal, lock
from connectors.base import Identifier as Known
from connectors.base import SourceError

EVERY = timedelta(days=7)
UNDONE = "objection-undone"
Place = tuple[str, str]


def places_for(operator: str, channel: str) -> list[Place]:
    """The collections, as (source, collection), that can put an objection to this channel into force."""
    return [
        (source.key, collection.key)
        for source in sources_of(operator)
        for collection in source.collection
        if any(not one.channels or channel in one.channels for one in getattr(collection, "suppress", ()))
    ]


def enlist(case: Case, identifiers: Iterable[Identifier], channel: str) -> None:
    """Put identifiers on the do-not-market list; those that stay with a person for good are kept sealed, for asking."""
    passing = _passing_on(case.operator_id)
    for one in identifiers:
        keeps = one.kind not in passing and one.valid_from is None and one.valid_to is None
        plain = vault.unseal(case, KeyUse.FILE, one.sealed) if keeps else b""
        Suppression.objects.get_or_create(
            operator=case.operator,
            kind=one.kind,
            digest=one.digest,
            channel=channel,
            ended_at=None,
            defaults={"case": case, "sealed": vault.seal_for_operator(plain) if keeps else b""},
        )


def _passing_on(operator: str) -> set[str]:
    """The kinds of identifiers that go from person to person, as the sources tell them."""
    collections = (collection for source in sources_of(operator) for collection in source.collection)
    return {told.kind for collection in collections for told in collection.yields if told.from_ or told.to}


def probe() -> int:
    """Ask the sources after every objection that has not been asked after for a week. Returns how many are undone.

    A source that does not answer is asked again with the next call.
    """
    before = timezone.now() - EVERY
    due = Suppression.objects.filter(ended_at=None, case__isnull=False).exclude(sealed=b"")
    due = due.filter(Q(probed_at__lt=before) | Q(probed_at=None, since__lt=before))
    listed: dict[tuple[int | None, str], list[Suppression]] = defaultdict(list)
    for one in due.select_related("case__operator").order_by("pk")[:5000]:
        listed[one.case_id, one.channel].append(one)
    return sum(_probe(same) for same in listed.values())


def _probe(same: list[Suppression]) -> int:
    """The objections of one case to one channel, at every source."""
    case, undone = same[0].case, 0
    assert case is not None
    try:
        for place in places_for(case.operator_id, same[0].channel):
            rows = connector_of(case.operator_id, place[0]).unsuppressed(
                place[1], list(_known(same)), same[0].channel
            )
            if rows:
                undone += _raise_alarm(case, place, rows)
    except SourceError:
        return undone
    Suppression.objects.filter(pk__in=[one.pk for one in same]).update(probed_at=timezone.now())
    return undone


def _known(same: Iterable[Suppression]) -> Iterator[Known]:
    for one in same:
        yield Known(one.kind, vault.unseal_for_operator(one.sealed).decode())


@transaction.atomic
def _raise_alarm(case: Case, place: Place, rows: int) -> bool:
    """A task and an entry in the record; once, until somebody has dealt with it."""
    case = lock(case.pk)
    source, collection = place
    _task, made = Task.objects.get_or_create(
        operator=case.operator,
        case=case,
        kind=UNDONE,
        detail=f"{source}/{collection}",
        done_at=None,
        defaults={"due_on": timezone.localdate()},
    )
    if made:
        audit.record(
            case, "objection.undone", by=audit.SYSTEM, source=source, collection=collection, rows=rows
        )
    return made


@transaction.atomic
def put_into_force_again(task: Task, *, by: User) -> None:
    """Tell the source again, and ask whether it took. Refusal where it did not."""
    assert task.case_id is not None
    case = lock(task.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    task = Task.objects.select_for_update(of=("self",)).get(pk=task.pk, kind=UNDONE)
    if task.done_at:
        raise Refusal("already-decided")
    source, _slash, collection = task.detail.partition("/")
    for channel in sorted(set(case.suppressions.values_list("channel", flat=True))):
        listed = case.suppressions.filter(ended_at=None, channel=channel).exclude(sealed=b"")
        _again(case, (source, collection), list(_known(listed)), channel)
    task.done_at, task.done_by = timezone.now(), by
    task.save(update_fields=["done_at", "done_by"])
    audit.record(case, "objection.again", by=by, source=source, collection=collection)


def _again(case: Case, place: Place, identifiers: list[Known], channel: str) -> None:
    if place not in places_for(case.operator_id, channel):
        return
    source, collection = place
    try:
        connector = connector_of(case.operator_id, source)
        connector.suppress(collection, identifiers, channel)
        left = connector.unsuppressed(collection, identifiers, channel)
    except SourceError:
        raise Refusal("objection-not-now") from None
    if left:
        raise Refusal("objection-still-undone")

"""Objections are asked after: every week each source says whether those that were put into force still are.

A system that is restored from a backup, or filled anew by another one, forgets. What it shows is a task with an alert;
putting the objection into force again is one click of a caseworker. People are asked after many at a time, by what
stays with one person for good: by a number that was passed on, a stranger would be asked after, and silenced.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from cases.casework import audit, standstill
from cases.casework.permissions import Permission, require
from cases.casework.secrecy import guarded
from cases.casework.workflow import Refusal, lock
from cases.execution.objections.stoplist import UNDONE
from cases.models import Suppression, Task, User
from cases.models.execution import in_a_week
from cases.sealed import vault
from cases.sources.configured import collection_of, connector_of, sources_of
from cases.sources.places import place
from connectors.contract.base import Identifier as Known
from connectors.contract.base import SourceError

BATCH = 100
AGAIN, TOO_LONG = timedelta(days=1), timedelta(days=21)
SILENT = "objections-not-asked-after"
# What stands for every source where their description cannot be read.
CONFIGURATION = "connectors.toml"
Place = tuple[str, str]


def places_for(operator: str, channel: str) -> list[Place]:
    """The collections, as (source, collection), that can put an objection to this channel into force."""
    return [
        (source.key, collection.key)
        for source in sources_of(operator)
        for collection in source.collection
        if any(channel in one.channels for one in getattr(collection, "suppress", ()))
    ]


def probe() -> int:
    """Ask the sources after every objection that has not been asked after for a week. Returns how many are undone.

    A source that does not answer is left alone for a day; one that has been silent for weeks is a task.
    """
    if standstill.stops("asking-after-objections"):
        return 0
    now, undone, silent = timezone.now(), 0, set[tuple[str, str]]()
    while same := _due(now):
        undone += _probe(same, silent)
    return undone


def _due(now: datetime) -> list[Suppression]:
    """The next objections to one channel of an operator that can be asked after."""
    due = Suppression.objects.filter(ended_at=None, next_probe_at__lte=now, case__isnull=False)
    # A kind that passes on is kept as a hash alone: there is nothing to ask with (docs/adr/0061).
    due = due.exclude(sealed=b"").order_by("next_probe_at", "pk")
    if (first := due.first()) is None:
        return []
    same = due.filter(operator=first.operator_id, channel=first.channel)
    return list(same.select_related("case", "operator")[:BATCH])


def _probe(same: list[Suppression], silent: set[tuple[str, str]]) -> int:
    """Objections to one channel, at every source. ``silent``: (operator, source) that gave no answer this time."""
    operator, channel, undone, answered = same[0].operator_id, same[0].channel, 0, True
    try:
        places = places_for(operator, channel)
    except SourceError:
        # Nobody can say where to ask.
        _note_silence(CONFIGURATION, same)
        places, answered = [], False
    for where in places:
        try:
            undone += 0 if (operator, where[0]) in silent else _probe_at(where, same)
        except SourceError:
            silent.add((operator, where[0]))
            _note_silence(where[0], same)
        answered = answered and (operator, where[0]) not in silent
    asked = Suppression.objects.filter(pk__in=[one.pk for one in same])
    if answered:
        asked.update(probed_at=timezone.now(), next_probe_at=in_a_week())
    else:
        asked.update(next_probe_at=timezone.now() + AGAIN)
    return undone


def _probe_at(where: Place, same: list[Suppression]) -> int:
    """All in one question; whose it is is asked only where there is something. Raises SourceError."""
    operator, channel = same[0].operator_id, same[0].channel
    if not (rows := _undone(operator, where, channel, _known(same))):
        return 0
    if collection_of(operator, *where).category in guarded(operator):
        _again_in_silence(same, where, rows)
        return 0
    of_case: dict[int, list[Suppression]] = defaultdict(list)
    for one in same:
        assert one.case_id is not None
        of_case[one.case_id].append(one)
    found = ((case, _undone(operator, where, channel, _known(theirs))) for case, theirs in of_case.items())
    return sum(_raise_alarm(case, where, rows) for case, rows in found if rows)


def _again_in_silence(same: list[Suppression], where: Place, rows: int) -> None:
    """Where a secret rule can touch rows, an alarm could be about one that should be gone: nobody else hears of it."""
    operator, channel = same[0].operator, same[0].channel
    try:
        _again(operator.pk, where, channel, list(_known(same)))
    except Refusal:
        action = "objection.undone"
    else:
        action = "objection.again"
    told = {"source": where[0], "collection": where[1], "stopped": channel, "rows": rows}
    audit.record(operator, action, by=audit.SYSTEM, stream="cleared", **told)


def _undone(operator: str, where: Place, channel: str, known: Iterable[Known]) -> int:
    source, collection = where
    asked, connector = list(known), connector_of(operator, source)
    with place(operator, source):
        return connector.unsuppressed(collection, asked, channel)


def _known(same: Iterable[Suppression]) -> Iterator[Known]:
    for one in same:
        yield Known(one.kind, vault.unseal_for_operator(one.sealed).decode())


def _note_silence(source: str, same: list[Suppression]) -> None:
    """Nobody could say for weeks whether objections are obeyed there: a person has to look."""
    last = min(one.probed_at or one.since for one in same)
    if last < timezone.now() - TOO_LONG:
        Task.objects.get_or_create(
            operator=same[0].operator, case=None, kind=SILENT, detail=source, done_at=None
        )


@transaction.atomic
def _raise_alarm(case_id: int, where: Place, rows: int) -> bool:
    """A task and an entry in the record; once, until somebody has dealt with it."""
    case, (source, collection) = lock(case_id), where
    _task, made = Task.objects.get_or_create(
        operator=case.operator,
        case=case,
        kind=UNDONE,
        detail=f"{source}/{collection}",
        done_at=None,
        defaults={"due_on": timezone.localdate()},
    )
    if made:
        place = {"source": source, "collection": collection}
        audit.record(case, "objection.undone", by=audit.SYSTEM, rows=rows, **place)
    return made


def put_into_force_again(task: Task, *, by: User) -> None:
    """Tell the source again, and ask whether it took. Refusal where it did not."""
    require(by, task.operator, Permission.WORK_CASES)
    if task.done_at or task.case is None:
        raise Refusal("already-decided")
    source, _slash, collection = task.detail.partition("/")
    standing: dict[str, list[Suppression]] = defaultdict(list)
    for one in task.case.suppressions.filter(ended_at=None).exclude(sealed=b""):
        standing[one.channel].append(one)
    for channel, same in standing.items():
        _again(task.operator_id, (source, collection), channel, list(_known(same)))
    _note_again(task.pk, by)


def _again(operator: str, where: Place, channel: str, identifiers: list[Known]) -> None:
    """Tell one collection once more, where it can put objections to this channel into force. Raises Refusal."""
    source, collection = where
    try:
        if where not in places_for(operator, channel):
            return
        connector = connector_of(operator, source)
        with place(operator, source):
            connector.suppress(collection, identifiers, channel)
            left = connector.unsuppressed(collection, identifiers, channel)
    except SourceError:
        raise Refusal("objection-not-now") from None
    if left:
        raise Refusal("objection-still-undone")


@transaction.atomic
def _note_again(task_id: int, by: User) -> None:
    task = Task.objects.get(pk=task_id)
    assert task.case_id is not None
    case = lock(task.case_id)
    task.refresh_from_db()
    if task.done_at:
        return
    source, _slash, collection = task.detail.partition("/")
    task.done_at, task.done_by = timezone.now(), by
    task.save(update_fields=["done_at", "done_by"])
    audit.record(case, "objection.again", by=by, source=source, collection=collection)

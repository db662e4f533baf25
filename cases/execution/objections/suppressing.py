"""Objections at the sources: what has to stop stops as soon as the account is matched, before any letter.

A purpose of the register names the channel that stopping it means; a source's `suppress` names the channels it can
stop. A purpose whose channel no source knows, or that has none, is a task for a person; so is a system that can stop
it and that nothing known of the person finds them in.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cases.assessment.situations import situation_of
from cases.casework import audit, case_clock, standstill
from cases.casework.operators import register_of_case
from cases.casework.secrecy import guarded
from cases.casework.workflow import INTERIM, lock
from cases.execution.deeds import CARRY_OUT, reopen_where_more_is_known
from cases.execution.failed_actions import forget_interim_failure, note_failure, workable
from cases.execution.objections.probing import Place, places_for
from cases.execution.objections.stoplist import enlist
from cases.identity.known import TIED, identifiers_of, is_matched, known_by
from cases.law.decisions import Ruling, judge_purpose
from cases.models import Action, Case, Identifier, Run, Task
from cases.models.case import Right, Stage
from cases.registers.processing import CONSENT, Purpose
from cases.sources.configured import collection_of, connector_of
from cases.sources.places import place
from connectors.contract.base import SourceError, SourceGarbage
from connectors.description.parts import for_channel

STOPPING = INTERIM | {Right.OBJECTION}
BY_HAND = CARRY_OUT
UNKNOWN_THERE = f"{BY_HAND}where-unknown"
Status = Action.Status


def stopping(case: Case) -> list[Purpose]:
    """The purposes that stop: by law for marketing and consent, else those a person has decided to stop."""
    purposes = register_of_case(case).purposes
    if case.right in INTERIM:
        situation = situation_of(case, case_clock.today(case))
        verdicts = ((one, judge_purpose(one, situation)) for one in purposes)
        return [one for one, verdict in verdicts if verdict and verdict.verdict is Ruling.STOP]
    stopped = set(case.decisions.filter(outcome="stop").values_list("subject", flat=True))
    return [one for one in purposes if one.code in stopped]


def channels(case: Case) -> dict[str, list[str]]:
    """What has to be told to the sources, with the codes of the purposes it stops; "" for those with no channel."""
    if case.right == Right.CONSENT_WITHDRAWAL:
        return _withdrawn_channels(case)
    found: dict[str, list[str]] = {}
    for purpose in stopping(case):
        found.setdefault(purpose.stopped_by(), []).append(purpose.code)
    return found


def _withdrawn_channels(case: Case) -> dict[str, list[str]]:
    named = situation_of(case, case_clock.today(case)).withdrawn
    # A source ends every consent by that channel: where only some are taken back, a person ends those.
    consent = "" if named else CONSENT
    found: dict[str, list[str]] = {} if named else {CONSENT: []}
    stops = stopping(case)
    for purpose in stops:
        # What rests on more than consent goes on: what stops there is that which consent alone allowed.
        channel = purpose.stopped_by() if _is_all_consent(purpose) else consent
        found.setdefault(channel, []).append(purpose.code)
    goes_on = [one for one in register_of_case(case).purposes if one.code in named and one not in stops]
    for purpose in goes_on:
        if purpose.consent_for:
            found.setdefault(consent, []).append(purpose.code)
    return found


def _is_all_consent(purpose: Purpose) -> bool:
    return all(basis.kind == "consent" for basis in purpose.bases)


def suppress(case: Case) -> bool:
    """Put on the stop list what stops, tell every source that can, and ask each whether it took. Idempotent.

    False where something is still to be done, by a source or by hand.
    """
    found = channels(case)
    enlist(case, [one for one in found if one])
    # A list, since `all` would leave off at the first that is not done, and every source has to be told.
    results = [done for channel, codes in found.items() for done in _stop(case, channel, codes)]
    return all(results)


def _stop(case: Case, channel: str, codes: list[str]) -> Iterator[bool]:
    found = places_for(case.operator_id, channel)
    for one in found:
        yield suppress_at(case, one, channel)
    if not found:
        for detail in codes or [channel]:
            yield _by_hand(case, f"{BY_HAND}{case.right}", detail)


def _by_hand(case: Case, kind: str, detail: str) -> bool:
    """What no source can be told is a task for a person; whether it is done."""
    task, _made = Task.objects.get_or_create(
        operator=case.operator,
        case=case,
        kind=kind,
        detail=detail,
        defaults={"due_on": case_clock.last_day(case)},
    )
    reopen_where_more_is_known(case, task)
    return task.done_at is not None


def suppress_at(case: Case, where: Place, channel: str, *, once: bool = False) -> bool:
    """Tell one collection, and ask whether it took. False where that is still to be done.

    With ``once`` only where rows are still open to the channel, and never again when it is done.
    """
    source, collection = where
    if not once and _is_unknown(case, where, channel):
        return _by_hand(case, UNKNOWN_THERE, f"{source}/{collection}.{channel}")
    action, _made = Action.objects.get_or_create(
        case=case, kind=Action.Kind.SUPPRESS, source=source, collection=collection, detail=channel
    )
    waits = action.next_try_at is not None and action.next_try_at > timezone.now()
    if action.status == Status.FAILED or waits:
        return False
    if once and action.status == Status.DONE:
        return True
    try:
        rows = _tell(case, where, channel, once=once)
    except SourceError as error:
        note_failure(action.pk, error)
        return False
    # There was nothing to stop: an action would say that something was done.
    if once and not (rows := rows or action.done):
        Action.objects.filter(pk=action.pk, done=0).delete()
        return True
    action.status, action.expected, action.done, action.remaining = Status.DONE, rows, rows, 0
    action.error, action.next_try_at, action.done_at = "", None, timezone.now()
    action.save()
    return True


def _is_unknown(case: Case, where: Place, channel: str) -> bool:
    """Whether nothing known of the person could find them there, so that finding nobody says nothing.

    Whom no source at all knows is looked for by hand only where the proven mailbox may find nobody by itself.
    """
    collection = collection_of(case.operator_id, *where)
    told_by = getattr(for_channel(getattr(collection, "suppress", ()), channel), "needs", collection.find)
    known = (one for one in identifiers_of(case, collection) if one.kind in told_by)
    if any(collection.find[one.kind].spelled(one.value) for one in known):
        return False
    return is_matched(case) or case.identifiers.filter(kind__in=collection.find).exists()


def _tell(case: Case, where: Place, channel: str, *, once: bool) -> int:
    """How many rows now say so; none are counted where a secret rule can touch them, because one could be among them.

    Raises SourceError where one still does not.
    """
    source, collection = where
    described = collection_of(case.operator_id, source, collection)
    identifiers, silent = identifiers_of(case, described), described.category in guarded(case.operator_id)
    connector = connector_of(case.operator_id, source)
    with place(case.operator_id, source):
        # A system that knows nothing of the person would learn of them.
        if once and not connector.unsuppressed(collection, identifiers, channel):
            return 0
        rows = connector.suppress(collection, identifiers, channel)
        if left := connector.unsuppressed(collection, identifiers, channel):
            raise SourceGarbage("still-there", "" if silent else f"{left} rows")
    return 0 if silent else rows


def take_interim_measure(case_id: int) -> None:
    """Stop the use now; the letter follows within the month. Safe to repeat."""
    if standstill.stops("interim-measure"):
        return
    case = Case.objects.select_related("operator", "register", "submission").get(pk=case_id)
    if case.right not in INTERIM or case.interim_at or case.stage in (Stage.VERIFICATION, Stage.MATCHING):
        return
    known = known_by(case)
    if suppress(case):
        _note_taken(case_id, known)


@transaction.atomic
def _note_taken(case_id: int, known: frozenset[int]) -> None:
    case = lock(case_id)
    # What was added while the sources were told, they were not told of.
    if case.interim_at or case.stage == Stage.MATCHING or known_by(case) != known:
        return
    case.interim_at = timezone.now()
    case.save(update_fields=["interim_at"])
    forget_interim_failure(case)
    rows = sum(case.actions.filter(kind=Action.Kind.SUPPRESS).values_list("done", flat=True))
    audit.record(case, "interim.taken", by=audit.SYSTEM, rows=rows)


def due_interim() -> QuerySet[Case]:
    """Cases whose interim measure should have been taken and was not, where trying again makes sense."""
    now = timezone.now()
    late = Case.objects.filter(
        right__in=INTERIM, interim_at=None, closed_at=None, stage_since__lt=now - timedelta(seconds=20)
    ).exclude(stage__in=[Stage.VERIFICATION, Stage.MATCHING])
    tied = Identifier.objects.filter(case=OuterRef("pk")).filter(TIED)
    later = Q(status=Status.FAILED) | Q(next_try_at__gt=now)
    stopping = Action.objects.filter(case=OuterRef("pk"), kind=Action.Kind.SUPPRESS)
    by_hand = Task.objects.filter(case=OuterRef("pk"), kind__startswith=BY_HAND, done_at=None)
    rows = Run.objects.filter(case=OuterRef("pk"), rows__gt=0)
    # Whatever else a case waits for, a source whose time has come is told.
    idle = ~Exists(stopping.filter(later)) & ~Exists(by_hand)
    found = late.filter(Exists(tied) | Exists(rows), Exists(stopping.filter(workable())) | idle)
    return found.order_by("stage_since")

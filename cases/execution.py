"""Stage 8: carry out what was approved, at the sources, through the connectors.

Erasure: the frozen rows are judged again, refused if anything changed since approval; a dry run first, then page by
page; afterwards the source is asked again, and what still answers is a failure. Objections take effect as an interim
measure as soon as the account is matched; approval covers the letter.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from cases import audit, erasure
from cases.matching import identifiers_of
from cases.models import Action, Case, Suppression, Task
from cases.models.case import Right, Stage
from cases.operators import connector_of, sources_of
from cases.workflow import INTERIM, advance, block, kick, lock, note_blocked
from connectors.base import SourceDown, SourceError

CHANNELS = {
    Right.MARKETING_OBJECTION: "marketing",
    Right.CONSENT_WITHDRAWAL: "consent",
    Right.OBJECTION: "marketing",
}
SUPPRESSED_KINDS = ("email", "msisdn", "customer_no")
ANSWERED_FIRST = (Right.ACCESS, Right.PORTABILITY)
BY_HAND = frozenset({Right.RECTIFICATION, Right.RESTRICTION, Right.AUTOMATED_DECISION})
MAX_ATTEMPTS = 6


def execute(case_id: int) -> None:
    """Work the stage to its end or to what stops it; the next call goes on from there."""
    try:
        case = _begin(case_id)
    except SourceError as error:
        note_blocked(case_id, "source-down" if isinstance(error, SourceDown) else "source-failed")
        return
    if case is None:
        return
    if case.right == Right.ERASURE and not _erase(case):
        return
    if case.right in CHANNELS and _stops_something(case) and not suppress(case):
        return
    if case.right in BY_HAND:
        _hand_over(case)
    _finish(case_id)


@transaction.atomic
def _begin(case_id: int) -> Case | None:
    case = lock(case_id)
    if case.stage != Stage.EXECUTION:
        return None
    waiting = case.submission.cases.filter(right__in=ANSWERED_FIRST, closed_at=None).exists()
    if case.right == Right.ERASURE and waiting:
        block(case, "waits-for-access")
        return None
    if case.right == Right.ERASURE and not case.actions.exists() and not erasure.plan(case):
        advance(case, Stage.HOLDS, by=audit.SYSTEM, reason="verdicts-changed")
        return None
    block(case, "")
    return case


def _erase(case: Case) -> bool:
    """Every erasing action done. False where a source stops it, with the reason on the action and the case."""
    for action in case.actions.filter(kind=Action.Kind.ERASE).exclude(status=Action.Status.DONE):
        try:
            erasure.carry_out(action.pk)
        except SourceError as error:
            _note_failure(action.pk, error)
            return False
    return not case.actions.exclude(status=Action.Status.DONE).exists()


@transaction.atomic
def _note_failure(action_id: int, error: SourceError) -> None:
    action = Action.objects.select_for_update().get(pk=action_id)
    action.attempts += 1
    action.error = str(error)[:300]
    again = isinstance(error, SourceDown) and action.attempts < MAX_ATTEMPTS
    action.status = Action.Status.RETRYING if again else Action.Status.FAILED
    action.save()
    case = lock(action.case_id)
    audit.record(
        case, "action.failed", by=audit.SYSTEM, kind=action.kind, source=action.source, code=error.code
    )
    block(case, "source-down" if again else "source-failed")


def _stops_something(case: Case) -> bool:
    return case.decisions.filter(outcome="stop").exists()


def suppress(case: Case) -> bool:
    """Put the objection into force at every source that can. False where one does not answer yet. Idempotent."""
    identifiers, done = identifiers_of(case), True
    channel = CHANNELS[Right(case.right)]
    for source in sources_of(case.operator_id):
        for collection in source.collection:
            if not any(
                not one.channels or channel in one.channels for one in getattr(collection, "suppress", ())
            ):
                continue
            try:
                rows = connector_of(case.operator_id, source.key).suppress(
                    collection.key, identifiers, channel
                )
            except SourceError as error:
                _note_suppression(case, source.key, collection.key, channel, error=error)
                done = False
            else:
                _note_suppression(case, source.key, collection.key, channel, rows=rows)
    return done


@transaction.atomic
def _note_suppression(
    case: Case, source: str, collection: str, channel: str, *, rows: int = 0, error: SourceError | None = None
) -> None:
    status = Action.Status.RETRYING if error else Action.Status.DONE
    Action.objects.update_or_create(
        case=case,
        kind=Action.Kind.SUPPRESS,
        source=source,
        collection=collection,
        detail=channel,
        defaults={
            "status": status,
            "expected": rows,
            "done": rows,
            "error": str(error)[:300] if error else "",
            "done_at": None if error else timezone.now(),
        },
    )


def take_interim_measure(case_id: int) -> None:
    """Stop the marketing now; the letter follows within the month. Safe to repeat."""
    case = Case.objects.select_related("operator", "register", "submission").get(pk=case_id)
    if case.right not in INTERIM or case.interim_at or case.stage in (Stage.VERIFICATION, Stage.MATCHING):
        return
    if not suppress(case):
        return
    with transaction.atomic():
        case = lock(case_id)
        if case.interim_at:
            return
        case.interim_at = timezone.now()
        case.save(update_fields=["interim_at"])
        _list_suppressed(case)
        rows = sum(case.actions.filter(kind=Action.Kind.SUPPRESS).values_list("done", flat=True))
        audit.record(case, "interim.taken", by=audit.SYSTEM, rows=rows)


def _list_suppressed(case: Case) -> None:
    """The do-not-market list keeps keyed hashes only, so that it can outlive the data (Art. 21(3))."""
    for kind, digest in case.identifiers.filter(kind__in=SUPPRESSED_KINDS).values_list("kind", "digest"):
        Suppression.objects.get_or_create(
            operator=case.operator, kind=kind, digest=digest, ended_at=None, defaults={"case": case}
        )


def due_interim() -> list[int]:
    """Cases whose interim measure should have been taken and was not."""
    before = timezone.now() - timedelta(seconds=20)
    late = Case.objects.filter(right__in=INTERIM, interim_at=None, closed_at=None, stage_since__lt=before)
    matched = late.exclude(stage__in=[Stage.VERIFICATION, Stage.MATCHING]).filter(identifiers__wave__gt=0)
    return list(matched.distinct().values_list("pk", flat=True)[:500])


@transaction.atomic
def _hand_over(case: Case) -> None:
    """What no connector can do is a task for a person, not a promise without a hand behind it."""
    for decision in case.decisions.filter(outcome="granted", status__in=["confirmed", "overridden"]):
        Task.objects.get_or_create(
            operator=case.operator, case=case, kind=f"carry-out-{case.right}", detail=decision.subject
        )


@transaction.atomic
def _finish(case_id: int) -> None:
    case = lock(case_id)
    if case.stage != Stage.EXECUTION or case.actions.exclude(status=Action.Status.DONE).exists():
        return
    erased = sum(case.actions.filter(kind=Action.Kind.ERASE).values_list("done", flat=True))
    advance(case, Stage.DELIVERY, by=audit.SYSTEM, erased=erased, scheduled=case.scheduled.count())


@transaction.atomic
def retry(action: Action, *, by: audit.Actor) -> None:
    """Try a failed action again, from the page where it stopped."""
    case = lock(action.case_id)
    Action.objects.filter(pk=action.pk).update(status=Action.Status.WAITING, attempts=0, error="")
    audit.record(case, "action.retried", by=by, source=action.source, collection=action.collection)
    kick(case)

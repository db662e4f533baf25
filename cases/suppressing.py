"""Objections at the sources: marketing and consent stop as soon as the account is matched, before any letter."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cases import audit
from cases.actions import note_failure
from cases.matching import PROOF, identifiers_of
from cases.models import Action, Case, Identifier, Task
from cases.models.case import Right, Stage
from cases.operators import connector_of
from cases.probing import Place, enlist, places_for
from cases.workflow import INTERIM, lock
from connectors.base import Identifier as Known
from connectors.base import SourceError, SourceGarbage

CHANNELS = {
    Right.MARKETING_OBJECTION: "marketing",
    Right.CONSENT_WITHDRAWAL: "consent",
    Right.OBJECTION: "marketing",
}
LISTED_KINDS = ("email", "msisdn", "customer_no")
Status = Action.Status


def suppress(case: Case) -> bool:
    """Put the objection into force at every source that can, and ask each whether it took. Idempotent.

    False where one is still to do it. Where none can, it is a task for a person.
    """
    found = places_for(case.operator_id, CHANNELS[Right(case.right)])
    if not found:
        objection_task(case, CHANNELS[Right(case.right)])
        return False
    identifiers = identifiers_of(case)
    results = [_suppress_at(case, place, identifiers) for place in found]
    return all(results)


def objection_task(case: Case, detail: str) -> None:
    """What no source can be told is a task for a person."""
    Task.objects.get_or_create(
        operator=case.operator,
        case=case,
        kind=f"carry-out-{case.right}",
        detail=detail,
        defaults={"due_on": case.act_by},
    )


def _suppress_at(case: Case, place: Place, identifiers: list[Known]) -> bool:
    (source, collection), channel = place, CHANNELS[Right(case.right)]
    action, _made = Action.objects.get_or_create(
        case=case, kind=Action.Kind.SUPPRESS, source=source, collection=collection, detail=channel
    )
    waits = action.next_try_at is not None and action.next_try_at > timezone.now()
    if action.status == Status.FAILED or waits:
        return False
    try:
        connector = connector_of(case.operator_id, source)
        rows = connector.suppress(collection, identifiers, channel)
        if left := connector.unsuppressed(collection, identifiers, channel):
            raise SourceGarbage("still-there", f"{left} rows")
    except SourceError as error:
        note_failure(action.pk, error)
        return False
    action.status, action.expected, action.done, action.remaining = Status.DONE, rows, rows, 0
    action.error, action.next_try_at, action.done_at = "", None, timezone.now()
    action.save()
    return True


def take_interim_measure(case_id: int) -> None:
    """Stop the marketing now; the letter follows within the month. Safe to repeat."""
    case = Case.objects.select_related("operator", "register", "submission").get(pk=case_id)
    if case.right not in INTERIM or case.interim_at or case.stage in (Stage.VERIFICATION, Stage.MATCHING):
        return
    if suppress(case):
        _note_taken(case_id)


@transaction.atomic
def _note_taken(case_id: int) -> None:
    case = lock(case_id)
    if case.interim_at:
        return
    case.interim_at = timezone.now()
    case.save(update_fields=["interim_at"])
    # The do-not-market list outlives the data (Art. 21(3)).
    enlist(case, case.identifiers.filter(kind__in=LISTED_KINDS), CHANNELS[Right(case.right)])
    rows = sum(case.actions.filter(kind=Action.Kind.SUPPRESS).values_list("done", flat=True))
    audit.record(case, "interim.taken", by=audit.SYSTEM, rows=rows)


def due_interim() -> list[int]:
    """Cases whose interim measure should have been taken and was not, where trying again makes sense."""
    now = timezone.now()
    late = Case.objects.filter(
        right__in=INTERIM, interim_at=None, closed_at=None, stage_since__lt=now - timedelta(seconds=20)
    ).exclude(stage__in=[Stage.VERIFICATION, Stage.MATCHING])
    tied = Identifier.objects.filter(case=OuterRef("pk")).exclude(origin__startswith=PROOF)
    later = Q(status=Status.FAILED) | Q(next_try_at__gt=now)
    waits = Action.objects.filter(later, case=OuterRef("pk"), kind=Action.Kind.SUPPRESS)
    by_hand = Task.objects.filter(case=OuterRef("pk"), kind__startswith="carry-out-")
    found = late.filter(Exists(tied)).exclude(Exists(waits)).exclude(Exists(by_hand))
    return list(found.values_list("pk", flat=True)[:500])

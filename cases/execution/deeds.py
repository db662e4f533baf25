"""What an answer waits for: it is handed over when everything that was decided has been done, by a source or by hand.

Judged on what everybody at the desk may see. A row that a secret order keeps counts as erased there, its tasks belong
to the order, and so neither delays an answer nor shows in what it waits for.
"""

from django.db import transaction
from django.db.models import Q, QuerySet

from cases.casework import audit
from cases.identity.known import learned_since
from cases.models import Action, Case, RecipientNotice, Task

CARRY_OUT, INFORM, FORWARD = "carry-out-", "inform-recipients", "forward-to-customer"
BY_HAND = Q(kind__startswith=CARRY_OUT) | Q(kind__in=(INFORM, FORWARD))
STOPPED_BY = {
    Action.Status.FAILED: "source-failed",
    Action.Status.RETRYING: "source-down",
    Action.Status.WAITING: "",
}


def by_hand(case: Case) -> QuerySet[Task]:
    """What people do, or have done, of what was decided."""
    return case.tasks.filter(BY_HAND, order=None)


def at_sources(case: Case) -> str | None:
    """The code of what a source has not done yet; empty while it is about to, None where all is done."""
    statuses = set(case.actions.values_list("status", flat=True))
    return next((code for status, code in STOPPED_BY.items() if status in statuses), None)


def by_people(case: Case) -> str | None:
    """The code of what a person has to do or a recipient has to be told yet; None where all is done."""
    if by_hand(case).filter(done_at=None).exists():
        return "by-hand"
    untold = case.recipient_notices.exclude(status=RecipientNotice.Status.TOLD)
    return "recipients" if untold.exists() else None


def undone(case: Case) -> str | None:
    """The code of the first thing that was decided and is not done; None where the answer may be handed over."""
    found = at_sources(case)
    return by_people(case) if found is None else found


@transaction.atomic
def reopen_where_more_is_known(case: Case, task: Task) -> None:
    """Who did this by hand knew less of the person than is known now: it is open again, and the record says so."""
    if not learned_since(case, task.done_at):
        return
    if Task.objects.filter(pk=task.pk, done_at=task.done_at).update(done_at=None, done_by=None):
        audit.record(case, "task.reopened", by=audit.SYSTEM, task=task.pk, kind=task.kind)
    task.refresh_from_db(fields=["done_at", "done_by"])

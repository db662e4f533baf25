"""What happens to an action at a source that fails: again with growing pauses, then a person."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.casework import audit
from cases.casework.dispatch import send
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, block, kick, lock
from cases.models import Action, Case, Task, User
from cases.models.case import Stage
from cases.sources import legal_refusals
from cases.sources.retries import next_try, stopped_by
from connectors.contract.base import SourceError

Status = Action.Status
INTERIM_FAILED = "interim-failed"


def workable() -> Q:
    """Actions a worker may be at now: not failed ones, nor those whose next try is still to come."""
    waits = Q(status=Status.RETRYING, next_try_at__gt=timezone.now())
    return Q(status__in=(Status.WAITING, Status.RETRYING)) & ~waits


@transaction.atomic
def note_failure(action_id: int, error: SourceError) -> None:
    """Try again later where the source is only away; a failure for a person to see otherwise.

    What another worker has finished meanwhile stays finished; an objection is told again until all is told, and
    a source that fails then has to be told once more.
    """
    # The case before the action, as everywhere.
    case = lock(Action.objects.values_list("case_id", flat=True).get(pk=action_id))
    action = Action.objects.select_for_update().get(pk=action_id)
    if action.status == Status.DONE and action.kind != Action.Kind.SUPPRESS:
        return
    action.attempts += 1
    legal_refusals.note(case, action.source, action.collection, error)
    action.next_try_at = next_try(error, action.attempts)
    action.status = Status.RETRYING if action.next_try_at else Status.FAILED
    action.error, action.done_at = str(error)[:300], None
    action.save()
    if not action.next_try_at:
        place = {"source": action.source, "collection": action.collection}
        audit.record(case, "action.failed", by=audit.SYSTEM, kind=action.kind, code=error.code, **place)


@transaction.atomic
def note_interim_failed(case_id: int, error: Exception) -> None:
    """Nothing stops the stage, which may be done without: a task says that the measure waits, until it is taken."""
    case = lock(case_id)
    Task.objects.get_or_create(
        operator=case.operator,
        case=case,
        kind=INTERIM_FAILED,
        done_at=None,
        defaults={"detail": stopped_by(error)[1][:300], "due_on": case.act_by or case.due_on},
    )


def forget_interim_failure(case: Case) -> None:
    """The measure is taken: nobody has to see to it any more. In the caller's transaction."""
    case.tasks.filter(kind=INTERIM_FAILED, done_at=None).delete()


@transaction.atomic
def retry(action: Action, *, by: User) -> None:
    """Try a failed action again, from the page where it stopped."""
    case = lock(action.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    again = Action.objects.filter(pk=action.pk, status__in=[Status.FAILED, Status.RETRYING])
    if not again.update(status=Status.WAITING, attempts=0, error="", next_try_at=None):
        raise Refusal("run-not-stopped")
    audit.record(case, "action.retried", by=by, source=action.source, collection=action.collection)
    if case.stage == Stage.EXECUTION:
        block(case, "")
        kick(case)
    else:
        # An interim measure runs beside the stages: its source may fail while the case has long gone on.
        transaction.on_commit(lambda: send("cases.tasks.take_interim_measure", case.pk))


def due_actions() -> QuerySet[Action]:
    """Actions whose next try has come, of cases that are being carried out: one for each case."""
    due = Action.objects.filter(
        status=Status.RETRYING, next_try_at__lte=timezone.now(), case__stage=Stage.EXECUTION
    )
    return due.order_by("case_id").distinct("case_id")

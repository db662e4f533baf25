"""What a caseworker can do about the gathering from one source: try again, leave alone, go on."""

from django.db import transaction
from django.utils import timezone

from cases import audit
from cases.collection import WORKABLE, set_going, settle
from cases.models import Case, Run, User
from cases.models.case import Stage
from cases.permissions import Permission, require
from cases.workflow import Refusal, at_stage, lock

Status = Run.Status


def _command(run: Run, by: User, *statuses: str, otherwise: str) -> tuple[Case, Run]:
    """The case and its run, locked in this order; waits for the page a worker is reading."""
    case = lock(run.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.COLLECTION)
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.status not in statuses:
        raise Refusal(otherwise)
    audit.record(case, "run.commanded", by=by, source=run.source, collection=run.collection, was=run.status)
    return case, run


@transaction.atomic
def retry_run(run: Run, *, by: User) -> None:
    """Try a failed or paused source again, from the page where it stopped."""
    case, run = _command(run, by, Status.FAILED, Status.PAUSED, Status.RETRYING, otherwise="run-not-stopped")
    run.status, run.attempts, run.error, run.next_try_at = Status.WAITING, 0, "", None
    run.restarts = 0
    run.touched_at = timezone.now()
    run.save()
    settle(case)
    set_going(run)


resume_run = retry_run


@transaction.atomic
def pause_run(run: Run, *, by: User) -> None:
    """Leave a source alone until somebody resumes; what was gathered stays."""
    case, run = _command(run, by, *WORKABLE, otherwise="run-ended")
    run.status = Status.PAUSED
    run.save(update_fields=["status"])
    settle(case)

"""What a caseworker can do about the gathering from one source: try again, leave alone, go on, go on without."""

from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, advance, at_stage, lock
from cases.collection import failed_runs
from cases.collection.gathering import WORKABLE, set_going, settle
from cases.collection.owners import has_owner, set_asking
from cases.models import Action, Case, Run, User
from cases.models.case import Stage
from cases.sources import legal_refusals

Status = Run.Status
LONGEST_REASON = 2000


def _command(
    run: Run,
    by: User,
    *statuses: str,
    otherwise: str,
    action: str = "run.commanded",
    stage: Stage = Stage.COLLECTION,
) -> tuple[Case, Run]:
    """The case and its run, locked in this order; waits for the page a worker is reading."""
    case = lock(run.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, stage)
    run = Run.objects.select_for_update().get(pk=run.pk)
    run.case = case
    if run.status not in statuses:
        raise Refusal(otherwise)
    audit.record(case, action, by=by, source=run.source, collection=run.collection, was=run.status)
    return case, run


@transaction.atomic
def retry_run(run: Run, *, by: User) -> None:
    """Try a source again that failed, is paused or was left out, from the page where it stopped."""
    stopped = (Status.FAILED, Status.PAUSED, Status.RETRYING, Status.LEFT_OUT)
    case, run = _command(run, by, *stopped, otherwise="run-not-stopped")
    legal_refusals.take_back(run)
    first = Status.ASKED if has_owner(run) else Status.WAITING
    run.status, run.attempts, run.error, run.next_try_at = first, 0, "", None
    run.restarts = 0
    run.touched_at = timezone.now()
    run.save()
    settle(case)
    (set_asking if first == Status.ASKED else set_going)(run)


resume_run = retry_run


@transaction.atomic
def pause_run(run: Run, *, by: User) -> None:
    """Leave a source alone until somebody resumes; what was gathered stays."""
    case, run = _command(run, by, *WORKABLE, otherwise="run-ended")
    run.status = Status.PAUSED
    run.save(update_fields=["status"])
    settle(case)


def refused_by_law(case: Case, **where: str) -> list[Run | Action]:
    """What the case can go on without: runs, and erasures as long as none of their rows is gone.

    ``where``: source and collection, for those alone. What only failed is to be mended and tried again.
    """
    stopped: list[Run | Action] = [run for run in case.runs.all() if run.status == Status.FAILED]
    stopped += [one for one in case.actions.all() if _untouched(one)]
    stopped = [one for one in stopped if legal_refusals.by_law(one.error)]
    return [one for one in stopped if all(getattr(one, name) == value for name, value in where.items())]


def _untouched(action: Action) -> bool:
    return action.kind == Action.Kind.ERASE and action.status == Action.Status.FAILED and not action.done


def refused(run: Run) -> Run | Action | None:
    """What the source refuses by law of this collection, if anything: to hand it over, or to erase it."""
    return next(iter(refused_by_law(run.case, source=run.source, collection=run.collection)), None)


@transaction.atomic
def go_on_without(run: Run, *, reason: str, by: User) -> None:
    """Leave out a collection that its source may not hand over; the letter gives the person this reason (Art. 12(4)).

    What was gathered of it before is forgotten: half is never shown as the whole. Where a secret order could be behind
    the refusal everybody is told the same, so no reason is needed there and none is kept. A source that refuses only
    when it is to erase is left out as well: the case is decided and approved anew, without it. Refusal run-not-refused
    for a source that only failed, reason-for-person without a reason or for one of more than 2,000 characters.
    """
    erasing = isinstance(refused(run), Action)
    status, stage = (Status.DONE, Stage.EXECUTION) if erasing else (Status.FAILED, Stage.COLLECTION)
    case, run = _command(run, by, status, stage=stage, otherwise="run-not-refused", action="run.left-out")
    # Looked at again under the lock: the source may have been mended meanwhile.
    if refused(run) is None:
        raise Refusal("run-not-refused")
    if not legal_refusals.is_guarded(case, run.category) and not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Refusal("reason-for-person", most=LONGEST_REASON)
    failed_runs.forget(run)
    run.status, run.finished_at = Status.LEFT_OUT, None
    run.save()
    legal_refusals.tell(run, reason.strip())
    if not erasing:
        settle(case)
    else:
        # What is done stays done; the rest is planned again from what is approved then.
        case.actions.filter(kind=Action.Kind.ERASE).exclude(status=Action.Status.DONE).delete()
        advance(case, Stage.HOLDS, by=by, reason="left-out")

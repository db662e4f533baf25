"""A case of which somebody complains at the authority, or which is in court: its dates, and the task to answer in time.

What was asked and answered is needed as long as that goes on: `exports.retention` ends no file of such a case.
"""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from cases.casework import audit, case_clock
from cases.casework.commands import open_task
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.models import Case, Dispute, Task, User

# The task to send our statement; its detail is the number under which the authority or the court has it.
STATEMENT = "state-to-authority"
LONGEST_NUMBER = 60


def going_on() -> QuerySet[Dispute]:
    """Those that have not ended."""
    return Dispute.objects.filter(ended_on=None)


@transaction.atomic
def note(
    case: Case, *, kind: str, number: str, came_on: date, answer_by: date | None, about: str, by: User
) -> Dispute:
    """Write down that a complaint or a court case has come.

    Refusal reason-needed, number-needed, day-outside, answer-before, dispute-there, case-file-gone.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    number = number.strip()[:LONGEST_NUMBER]
    if kind not in Dispute.Kind.values:
        raise Refusal("outcome-unknown", outcome=kind)
    if not case.file_sealed:
        raise Refusal("case-file-gone")
    if not about.strip():
        raise Refusal("reason-needed")
    if not number:
        raise Refusal("number-needed")
    _check_day(case, came_on, first=case.received_on)
    if answer_by is not None and answer_by < came_on:
        raise Refusal("answer-before")
    if case.disputes.filter(kind=kind, number=number).exists():
        raise Refusal("dispute-there")
    noted = Dispute.objects.create(
        case=case, kind=kind, number=number, came_on=came_on, answer_by=answer_by, note=about.strip(), by=by
    )
    audit.record(case, "dispute.came", by=by, kind=kind, answer_by=answer_by)
    if answer_by is not None:
        open_task(case, STATEMENT, due_on=answer_by, detail=number, by=by)
    return noted


@transaction.atomic
def state(dispute: Dispute, *, on: date, by: User) -> None:
    """Our statement was sent. Refusal already-decided, day-outside."""
    case, dispute = _locked(dispute, by)
    if dispute.answered_on is not None or dispute.ended_on is not None:
        raise Refusal("already-decided")
    _check_day(case, on, first=dispute.came_on)
    dispute.answered_on = on
    dispute.save(update_fields=["answered_on"])
    _task_done(dispute, by)
    audit.record(case, "dispute.answered", by=by, kind=dispute.kind)


@transaction.atomic
def end(dispute: Dispute, *, ended_as: str, on: date, by: User) -> None:
    """It is over; the file goes its way again. Refusal already-decided, outcome-unknown, day-outside."""
    case, dispute = _locked(dispute, by)
    if dispute.ended_on is not None:
        raise Refusal("already-decided")
    if ended_as not in Dispute.Ended.values:
        raise Refusal("outcome-unknown", outcome=ended_as)
    _check_day(case, on, first=dispute.came_on)
    dispute.ended_on, dispute.ended_as = on, ended_as
    dispute.save(update_fields=["ended_on", "ended_as"])
    _task_done(dispute, by)
    audit.record(case, "dispute.ended", by=by, kind=dispute.kind, ended_as=ended_as)


def _locked(dispute: Dispute, by: User) -> tuple[Case, Dispute]:
    case = lock(dispute.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    return case, Dispute.objects.select_for_update(of=("self",)).get(pk=dispute.pk)


def _check_day(case: Case, day: date, *, first: date) -> None:
    last = case_clock.today(case)
    if not first <= day <= last:
        days = {"first": date_format(first, "DATE_FORMAT"), "last": date_format(last, "DATE_FORMAT")}
        raise Refusal("day-outside", **days)


def _task_done(dispute: Dispute, by: User) -> None:
    tasks = Task.objects.filter(case=dispute.case_id, kind=STATEMENT, detail=dispute.number, done_at=None)
    tasks.update(done_at=timezone.now(), done_by=by)

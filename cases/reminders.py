"""Requests nobody has proven: one reminder by mail, then a task for a caseworker, who decides whether to close them."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from cases import audit, clockwork
from cases.casefile import reply_address
from cases.mail import queue
from cases.models import Case, Submission, Task
from cases.models.case import Stage
from cases.workflow import UNPROVEN, lock

REMIND_AFTER = timedelta(days=7)
HAND_OVER_AFTER = timedelta(days=30)


def remind() -> int:
    """Remind everybody whose proof is a week late, once. Returns how many."""
    late = Submission.objects.filter(
        cases__stage=Stage.VERIFICATION, reminded_at=None, created_at__lt=timezone.now() - REMIND_AFTER
    )
    return sum(_remind(pk) for pk in late.distinct().values_list("pk", flat=True)[:500])


@transaction.atomic
def _remind(submission_id: UUID) -> bool:
    waiting = Submission.objects.select_for_update(skip_locked=True, of=("self",)).select_related("operator")
    submission = waiting.filter(pk=submission_id, reminded_at=None).first()
    if submission is None:
        return False
    submission.reminded_at = timezone.now()
    submission.save(update_fields=["reminded_at"])
    cases = list(submission.cases.filter(stage=Stage.VERIFICATION).order_by("pk"))
    address = reply_address(submission)
    if address is None or not cases:
        return False
    queue(submission, "proof", to=address, cases=cases)
    for case in cases:
        audit.record(case, "proof.reminded", by=audit.SYSTEM)
    return True


def hand_over_unproven() -> int:
    """Open a task for each case unproven for thirty days: closing it is for a person to decide. Returns how many."""
    late = Case.objects.filter(
        stage=Stage.VERIFICATION, received_at__lt=timezone.now() - HAND_OVER_AFTER
    ).exclude(tasks__kind=UNPROVEN)
    return sum(_hand_over(pk) for pk in late.values_list("pk", flat=True)[:500])


@transaction.atomic
def _hand_over(case_id: int) -> bool:
    case = lock(case_id)
    if case.stage != Stage.VERIFICATION or case.tasks.filter(kind=UNPROVEN).exists():
        return False
    Task.objects.create(operator=case.operator, case=case, kind=UNPROVEN, due_on=clockwork.today(case))
    audit.record(case, "task.opened", by=audit.SYSTEM, kind=UNPROVEN)
    return True

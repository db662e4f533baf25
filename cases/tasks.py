"""Celery's door to the stages. Arguments are ids; every task may run twice and may die at any line."""

from typing import Any

from celery import Task, shared_task
from django.utils import timezone

from cases.assessment import assessing
from cases.casework import mail, workflow
from cases.collection import gathering, regathering
from cases.execution import carrying_out, failed_actions
from cases.execution.amendments import meanwhile, restricting
from cases.execution.erasure import expiry
from cases.execution.objections import suppressing
from cases.execution.recipients import telling
from cases.identity import matching, unproven
from cases.models import Case, Run
from cases.models.case import Stage
from cases.rows.chunks import Damaged
from cases.sources.retries import PASSING
from connectors.contract.base import SourceError


class StageTask(Task):  # type: ignore[type-arg]
    """A task that works a case's stage. What nobody foresaw shows on the case; beat tries again."""

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:  # noqa: ARG002
        if isinstance(exc, Damaged):
            regathering.gather_again(args[0], exc)
        else:
            workflow.note_blocked(args[0], "task-failed")


class PageTask(Task):  # type: ignore[type-arg]
    """The same for a task that works one run of a case."""

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:  # noqa: ARG002
        case_id = Run.objects.filter(pk=args[0]).values_list("case_id", flat=True).first()
        if case_id is not None:
            workflow.note_blocked(case_id, "task-failed", at=Stage.COLLECTION)


@shared_task(base=StageTask)
def match(case_id: int) -> None:
    """A source that is away is asked again by beat, and so is one that an administrator has to mend."""
    try:
        matching.match(case_id)
    except PASSING:
        workflow.note_blocked(case_id, "source-down", at=Stage.MATCHING)
    except SourceError:
        workflow.note_blocked(case_id, "source-failed", at=Stage.MATCHING)


@shared_task(base=StageTask)
def collect(case_id: int) -> None:
    gathering.collect(case_id)


@shared_task(base=PageTask)
def collect_page(run_id: int) -> None:
    gathering.collect_page(run_id)


@shared_task(base=StageTask)
def assess(case_id: int) -> None:
    assessing.assess(case_id)


@shared_task
def take_interim_measure(case_id: int) -> None:
    suppressing.take_interim_measure(case_id)
    meanwhile.take(case_id)


@shared_task(base=StageTask)
def execute(case_id: int) -> None:
    carrying_out.execute(case_id)


@shared_task
def send_mail(mail_id: int) -> None:
    mail.deliver(mail_id)


@shared_task
def send_waiting_mail() -> None:
    for mail_id in mail.waiting():
        mail.deliver(mail_id)


@shared_task
def remind() -> None:
    unproven.remind()
    unproven.hand_over_unproven()


@shared_task
def erase_due() -> None:
    expiry.erase_due()


@shared_task
def tell_recipient(notice_id: int) -> None:
    telling.tell(notice_id)


@shared_task
def tell_recipients() -> None:
    telling.note_told_by_hand()
    for notice_id in telling.waiting():
        workflow.send("cases.tasks.tell_recipient", notice_id)


@shared_task
def lift_due() -> None:
    meanwhile.end_over()
    restricting.lift_due()


@shared_task
def sweep() -> None:
    """Set going again whatever should be moving and is not: a lost message costs time, never a case."""
    for run_id in gathering.due_runs():
        workflow.send("cases.tasks.collect_page", run_id)
    for case_id in [*suppressing.due_interim(), *meanwhile.due()]:
        workflow.send("cases.tasks.take_interim_measure", case_id)
    for case_id in failed_actions.due_actions():
        workflow.send("cases.tasks.execute", case_id)
    for case in workflow.stalled():
        Case.objects.filter(pk=case.pk).update(kicked_at=timezone.now())
        workflow.send(workflow.TASKS[Stage(case.stage)], case.pk)

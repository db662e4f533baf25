"""Celery's door to the stages. Arguments are ids; every task may run twice and may die at any line."""

from celery import shared_task
from django.utils import timezone

from cases import assessment, collection, execution, mail, matching, schedule, workflow
from cases.models import Case
from cases.models.case import Stage
from connectors.base import SourceDown, SourceError


@shared_task(autoretry_for=(SourceDown,), max_retries=None, retry_backoff=2, retry_backoff_max=120)
def match(case_id: int) -> None:
    try:
        matching.match(case_id)
    except SourceDown:
        workflow.note_blocked(case_id, "source-down")
        raise
    except SourceError:
        workflow.note_blocked(case_id, "source-failed")


@shared_task
def collect(case_id: int) -> None:
    collection.collect(case_id)


@shared_task
def collect_page(run_id: int) -> None:
    collection.collect_page(run_id)


@shared_task
def assess(case_id: int) -> None:
    assessment.assess(case_id)


@shared_task
def take_interim_measure(case_id: int) -> None:
    execution.take_interim_measure(case_id)


@shared_task
def execute(case_id: int) -> None:
    execution.execute(case_id)


@shared_task
def send_mail(mail_id: int) -> None:
    mail.deliver(mail_id)


@shared_task
def send_waiting_mail() -> None:
    for mail_id in mail.waiting():
        mail.deliver(mail_id)


@shared_task
def erase_due() -> None:
    schedule.erase_due()


@shared_task
def sweep() -> None:
    """Set going again whatever should be moving and is not: a lost message costs time, never a case."""
    for run_id in collection.due_runs():
        workflow.send("cases.tasks.collect_page", run_id)
    for case_id in execution.due_interim():
        workflow.send("cases.tasks.take_interim_measure", case_id)
    for case in workflow.stalled():
        Case.objects.filter(pk=case.pk).update(kicked_at=timezone.now())
        workflow.send(workflow.TASKS[Stage(case.stage)], case.pk)

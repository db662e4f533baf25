"""Celery's door to answers and delivery. Arguments are ids; every task may run twice and may die at any line."""

from celery import shared_task

from cases.tasks import StageTask
from exports import delivery, retention
from exports.answer import building


@shared_task(base=StageTask)
def build(case_id: int) -> None:
    building.build(case_id)


@shared_task(base=StageTask)
def deliver(case_id: int) -> None:
    # The receipt first: nothing is added to what has been delivered.
    if building.write_receipt(case_id):
        delivery.deliver(case_id)


@shared_task
def purge() -> None:
    retention.purge()

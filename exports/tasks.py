"""Celery's door to answers and delivery. Arguments are ids; every task may run twice and may die at any line."""

from celery import shared_task

from cases.casework.dispatch import Errand, Sent, send_all, unsent
from cases.tasks import StageTask
from exports import delivery, retention
from exports.answer import building
from exports.kept import ending
from exports.notices import identity, interim
from exports.porting import sending


@shared_task(base=StageTask)
def build(case_id: int) -> None:
    building.build(case_id)


@shared_task(base=StageTask)
def deliver(case_id: int) -> None:
    # First what the receipt tells of, then the receipt: nothing is added to what has been delivered.
    if sending.send(case_id) and building.write_receipt(case_id):
        delivery.deliver(case_id)


@shared_task(base=Errand)
def purge() -> None:
    retention.purge()
    ending.end()
    identity.close_left()


@shared_task(base=Sent)
def tell_of_interim(case_id: int) -> None:
    interim.tell(case_id)


@shared_task(base=Errand)
def tell_of_interims() -> None:
    """Beat's: a letter for everybody for whom something was done that they have not been told of."""
    task = "exports.tasks.tell_of_interim"
    send_all(task, unsent(task, interim.due()))

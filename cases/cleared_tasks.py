"""Celery's door to what asks every order, secret ones too: for workers that were started with the key of them alone.

Each case comes through it in the same way, whether an order is about the person or none. Every task may run twice.
"""

from celery import shared_task

from cases.assessment import over_retained
from cases.casework.dispatch import Errand, Sent
from cases.execution import carrying_out
from cases.execution.erasure import coming_back, expiry
from cases.tasks import StageTask


@shared_task(base=StageTask)
def execute(case_id: int) -> None:
    carrying_out.execute(case_id)


@shared_task(base=Sent)
def compare(case_id: int) -> None:
    over_retained.compare(case_id)


@shared_task(base=Errand)
def erase_due() -> None:
    expiry.erase_due()


@shared_task(base=Errand)
def ask_after_erasures() -> None:
    coming_back.ask_cleared()

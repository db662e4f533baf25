"""Celery's door to what goes on at the sources beside the stages. Every task may run twice."""

from celery import shared_task

from cases.casework.dispatch import Errand, Sent, send_all, unsent
from cases.collection import owners
from cases.execution.erasure import coming_back
from cases.execution.objections import probing
from cases.sources import health


@shared_task(base=Sent)
def ask_owner(run_id: int) -> None:
    owners.ask(run_id)


@shared_task(base=Errand)
def ask_owners() -> None:
    """What a lost message left unasked, and whoever has been silent."""
    send_all("cases.source_tasks.ask_owner", unsent("cases.source_tasks.ask_owner", owners.unasked()))
    owners.remind()


@shared_task(base=Errand)
def check_sources() -> None:
    health.check_all()


@shared_task(base=Errand)
def probe_objections() -> None:
    probing.probe()


@shared_task(base=Errand)
def ask_after_erasures() -> None:
    coming_back.ask()

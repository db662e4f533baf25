"""The desk as it is deployed: web server and workers without the key of secret orders, and one worker that has it.

Every page is looked at and a case of every right goes to its end, while somebody's traffic is kept in secret; neither
what the open processes show nor the database tells of it.
"""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from cases.casework.workflow import TO_READ, kick
from cases.execution import deeds
from cases.execution.recipients import telling
from cases.models import Case, Operator
from cases.models.case import Right
from cases.sealed import vault
from cases.tasks import sweep
from demo.servers.processes import end_group, free_port, listening, wait_until
from dsar.bench.workers import empty_queue
from dsar.celery import app
from exports.answer import building
from exports.models import Answer
from tests.cases.orders.secrecy_over_time import RETAINED, preserve, retained
from tests.cases.orders.test_at_rest import COURT, COURT_CASE, NUMBER, dumped
from tests.operators.by_hand import read_and_approve, sent
from tests.operators.line import Staff
from tests.operators.scenes import TELLING, Scene
from tests.operators.sealed import entries, scheduled
from tests.whole_line.test_rights_matrix import settle

pytestmark = [pytest.mark.pango, pytest.mark.django_db(transaction=True)]
BO = "bo@example.com"
# The rule itself is no secret: it stands in the law, and in a list to choose from.
TOLD = (COURT, COURT_CASE, NUMBER, "With clearance", "Kept too long")
PAGES = (
    "/desk/", "/desk/tasks/", "/desk/orders/", "/desk/orders/tele2-se/new/", "/desk/registers/",
    "/desk/registers/tele2-se/", "/desk/sources/", "/desk/sources/tele2-se/crm/", "/desk/audit/", "/desk/members/",
    "/desk/members/tele2-se/", "/desk/roles/", "/accounts/sessions/", "/", "/tele2-se/", "/api/docs/", "/readyz",
)  # fmt: skip
SOON = 300  # seconds, on a machine that has much to do


@pytest.fixture
def scene() -> Scene:
    return TELLING


@pytest.fixture
def processes(as_here: None, tmp_path: Path) -> Iterator[Callable[..., int]]:
    """processes(cleared=True, ...) starts `python -m ...`, with the key of secret orders or its public half."""
    with ExitStack() as stack:

        def start(*arguments: str, cleared: bool) -> int:
            key = {"DSAR_ORDERS_KEY": os.environ["DSAR_ORDERS_KEY"]} if cleared else {}
            public = {"DSAR_ORDERS_RECIPIENT": settings.ORDERS_RECIPIENT}
            environ = {name: value for name, value in os.environ.items() if name != "DSAR_ORDERS_KEY"}
            with (tmp_path / f"{arguments[0]}-{cleared}.log").open("wb") as out:
                process = subprocess.Popen(
                    [sys.executable, "-m", *arguments], env=environ | public | key, stdout=out, stderr=out,
                    start_new_session=True,
                )  # fmt: skip
            stack.callback(process.wait)
            stack.callback(end_group, process.pid)
            return process.pid

        yield start


@contextmanager
def desk(processes: Callable[..., int]) -> Iterator[httpx.Client]:
    """The open web server, the open worker and the cleared one."""
    empty_queue()
    port, alone = free_port(), ("--without-gossip", "--without-mingle", "--loglevel", "ERROR")
    worker = ("celery", "-A", "dsar", "--quiet", "worker", *alone)
    web = processes(
        "gunicorn", "dsar.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4", "--no-control-socket", cleared=False
    )  # fmt: skip
    processes(*worker, "-Q", "celery,clock,recipients", "--concurrency", "2", "-n", "open@%h", cleared=False)
    processes(*worker, "-Q", "cleared", "--concurrency", "1", "-n", "cleared@%h", cleared=True)
    wait_until(lambda: listening(web, port), what="the web server", seconds=SOON, alive=lambda: True)
    until(lambda: len(app.control.ping(timeout=1)) == 2, "the workers do not answer")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=SOON) as client:
        yield client


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.5)
        # As beat does: what a worker lost at its start is sent again.
        sweep()


def work_on(case: Case, staff: Staff) -> None:
    """A worker is done with the case, and it waits for people: they do what they have to."""
    case.refresh_from_db()
    if case.stage == "decisions":
        settle(case, staff)
        building.prepare(case, by=staff("caseworker"))
    elif case.blocked_by == TO_READ:
        sent(case, staff("caseworker"))
    elif case.stage == "approval":
        ready = Answer.objects.get(case=case, status="ready")
        read_and_approve(ready, by=staff("approver"), sha256=ready.sha256)
    elif case.stage == "execution" and case.blocked_by in ("by-hand", "recipients"):
        for notice in case.recipient_notices.all():
            telling.tell(notice.pk)
        done = {"done_at": timezone.now(), "done_by": staff("caseworker")}
        case.tasks.filter(deeds.BY_HAND, done_at=None).update(**done)
        telling.note_told_by_hand()
        kick(case)


def seen(web: httpx.Client, client: Client, case: Case) -> dict[str, str]:
    """What the real web server shows this member."""
    web.cookies.clear()
    for name, value in client.cookies.items():
        web.cookies.set(name, value.value)
    runs = [f"{case.get_absolute_url()}runs/{run.pk}/" for run in case.runs.all()]
    found = {}
    for page in (*PAGES, case.get_absolute_url(), *runs):
        answer = web.get(page, follow_redirects=True)
        # There is no mail server here, which is told.
        told = 503 if page == "/readyz" else 200
        assert answer.status_code in (told, 403, 404), (page, answer.status_code)
        found[page] = answer.text
    return found


@pytest.mark.timeout(600)
def test_open_processes_work_everything_and_know_of_nothing(
    processes: Callable[..., int],
    operator: Operator,
    ask: Callable[..., Case],
    staff: Staff,
    crm: sqlite3.Connection,
    signed_in: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crm.executescript(RETAINED)
    for value in ("C2", NUMBER):
        preserve(operator, staff, court=COURT, court_case=COURT_CASE, value=value)
    key = settings.ORDERS_KEY
    monkeypatch.setattr(settings, "ORDERS_KEY", "")
    with desk(processes) as web:
        cases = [ask(right, BO if right == Right.ERASURE else "anna@example.com") for right in Right.values]

        def ended() -> bool:
            for case in cases:
                work_on(case, staff)
            return all(case.is_closed for case in cases)

        until(ended, str([(case.right, case.stage, case.blocked_by, case.blocked_why) for case in cases]))
        until(lambda: not Case.objects.filter(to_compare=True).exists(), "nobody compared")
        erased = next(case for case in cases if case.right == Right.ERASURE)
        everything = signed_in("caseworker", "approver", "legal", "auditor", "admin", name="everything")
        officer = signed_in("cleared", "caseworker", "auditor", name="officer")
        for client in (everything, officer):
            for page, text in seen(web, client, erased).items():
                assert not [told for told in TOLD if told in text], page
        annex = web.get(f"{erased.get_absolute_url()}cleared/annex/")
        assert annex.status_code in (403, 404)
    assert retained(crm) == [1, 2, 3], "the order keeps them"
    dump = dumped()
    for told in (COURT, COURT_CASE, "SE-LEK-ORDER", vault.digest(operator.pk, "customer_no", NUMBER)):
        assert told not in dump, told
    monkeypatch.setattr(settings, "ORDERS_KEY", key)
    assert {one.case_id for one in scheduled(operator)} == {erased.pk}
    assert [entry.action for entry in entries()].count("order.registered") == 2

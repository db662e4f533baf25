"""Erasing through an API: asked dry first, row by row, checked afterwards, and never by more at once than it may be."""

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest
from django.db import connections, transaction

from cases.execution.carrying_out import execute
from cases.execution.erasure import erasing
from cases.models import Case
from cases.sources import row_changes
from tests.systems.erasable_system import CONNECTORS, ErasableSystem

MINE = {("PERSON0", f"0-{row}") for row in range(3)}


@pytest.fixture
def system(describe: Callable[..., object]) -> Iterator[ErasableSystem]:
    with ErasableSystem(crowd=2) as web:
        describe(CONNECTORS, ERASABLE_URL=web.url)
        yield web


@pytest.fixture
def approved(approved_erasure: Callable[..., Case]) -> Callable[[int], Case]:
    """approved(0) is person 0's approved erasure."""
    return lambda person: approved_erasure(f"person{person}@example.com")


@pytest.mark.django_db
def test_rows_go_one_by_one_after_a_dry_run_of_each(
    system: ErasableSystem, approved: Callable[[int], Case]
) -> None:
    case, before = approved(0), set(system.calls)
    system.asked.clear()
    execute(case.pk)
    case.refresh_from_db()
    action = case.actions.get()
    assert (case.blocked_by, action.found, action.done, action.remaining) == ("by-hand", 3, 3, 0)
    assert before - system.calls == MINE
    dry = [number for number, one in enumerate(system.asked) if "dry" in one.params]
    real = [n for n, one in enumerate(system.asked) if one.method == "DELETE" and "dry" not in one.params]
    assert len(dry) == len(real) == 3
    assert max(dry) < min(real)


@pytest.mark.django_db
def test_a_long_erasure_lets_others_in_between(
    system: ErasableSystem, approved: Callable[[int], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request or more a row: so many rows in one place, and the page is done when its last one is."""
    taken: list[int] = []
    monkeypatch.setattr(row_changes, "BY_REQUEST", 1)
    monkeypatch.setattr(erasing, "place", lambda *_: taken.append(1) or nullcontext())
    case = approved(0)
    with transaction.atomic():
        execute(case.pk)
    assert len(taken) == 3
    assert (case.actions.get().done, case.actions.get().chunk_done) == (3, 0)


@pytest.mark.django_db
def test_a_row_that_answers_afterwards_is_a_failure(
    system: ErasableSystem, approved: Callable[[int], Case]
) -> None:
    case = approved(0)
    system.stubborn = True
    execute(case.pk)
    case.refresh_from_db()
    action = case.actions.get()
    assert (case.stage, case.blocked_by) == ("execution", "source-failed")
    assert (action.status, action.done, action.remaining) == ("failed", 0, 3)


@pytest.mark.django_db
def test_what_no_request_erases_is_a_task(system: ErasableSystem, approved: Callable[[int], Case]) -> None:
    case = approved(0)
    execute(case.pk)
    assert list(case.tasks.values_list("kind", "detail")) == [("carry-out-erasure", "web/customer")]
    execute(case.pk)
    assert case.tasks.count() == 1


@pytest.mark.django_db(transaction=True)
def test_six_erasures_at_once_ask_no_more_than_two_questions_at_once(
    system: ErasableSystem, approved: Callable[[int], Case]
) -> None:
    cases = [approved(person) for person in range(6)]
    system.most = 0
    workers = [threading.Thread(target=_erase, args=[case.pk]) for case in cases]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert system.calls == set()
    assert system.most == 2
    assert set(Case.objects.values_list("blocked_by", flat=True)) == {"by-hand"}


def _erase(case_id: int) -> None:
    try:
        execute(case_id)
    finally:
        connections.close_all()


TAKES_ALL = """
[[source]]
key = "web"
NAME
kind = "http"
base_url = "http://127.0.0.1:1"

[[source.collection]]
key = "orders"
category = "usage"
NAME
path = "/customers/{customer_no}/orders"
find = { customer_no = "customer_no" }
key_columns = ["customer_no", "id"]
on_erase = "delete"
erase = { method = "DELETE", path = "/customers/{customer_no}/orders" }
item = { path = "/customers/{customer_no}/orders" }

[[source.collection]]
key = "notes"
category = "usage"
NAME
path = "/customers/{customer_no}/notes"
find = { customer_no = "customer_no" }
key_columns = ["id"]
on_erase = "delete"
erase = { method = "DELETE", path = "/notes/{id}" }
item = { path = "/notes/{id}" }
"""


def test_where_one_request_takes_all_rows_it_is_sent_for_all_of_them(
    describe: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For some of them it would be refused: it takes more than it is sent for."""
    monkeypatch.setattr(row_changes, "BY_REQUEST", 2)
    describe(TAKES_ALL)

    def sizes(collection: str) -> list[int]:
        keys = [("C1", number) for number in range(5)]
        return [len(part) for part in row_changes.in_parts("tele2-se", "web", collection, keys)]

    assert (sizes("orders"), sizes("notes")) == ([5], [2, 2, 1])

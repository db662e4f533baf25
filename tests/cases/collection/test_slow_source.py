"""A slow system is never asked more at once than it may be, and each run can be paused, resumed and tried again."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.collection import failed_runs, gathering
from cases.collection.gathering import collect, collect_page
from cases.models import Case, Run
from cases.sources import retries
from dsar.bench.workers import workers
from tests.operators.looked_at import rows, wait_until
from tests.systems.slow_system import CONNECTORS, ROWS, SlowSystem


@pytest.fixture
def system(describe: Callable[..., object]) -> Iterator[SlowSystem]:
    with SlowSystem(crowd=2) as slow:
        describe(CONNECTORS, SLOW_URL=slow.url)
        yield slow


@pytest.mark.django_db(transaction=True)
def test_twelve_cases_and_four_workers_ask_no_more_than_two_questions_at_once(
    system: SlowSystem, as_here: None, ask: Callable[..., Case]
) -> None:
    with workers(4):
        cases = [ask(email=f"person{number}@example.com") for number in range(12)]
        wait_until(lambda: not Case.objects.filter(stage__in=["matching", "collection"]).exists())
    assert system.most == 2
    for number, case in enumerate(cases):
        expected = [f"PERSON{number}-{row}" for row in range(ROWS)]
        assert [row["id"] for row in rows(case, "calls")] == expected


@pytest.fixture
def calls(system: SlowSystem, ask: Callable[..., Case], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that reads two rows a page, and has read its first."""
    from cases.identity import matching

    monkeypatch.setattr(gathering, "PAGE_ROWS", 2)
    case = ask(email="anna@example.com")
    matching.match(case.pk)
    collect(case.pk)
    run = case.runs.get(collection="calls")
    collect_page(run.pk)
    return run


def press(client: Client, name: str, run: Run) -> Run:
    client.post(reverse(f"desk:{name}", args=[run.case.reference, run.pk]))
    return Run.objects.get(pk=run.pk)


@pytest.mark.django_db
def test_a_paused_run_asks_nothing_until_it_is_resumed(
    calls: Run, system: SlowSystem, signed_in: Callable[..., Client]
) -> None:
    client, before = signed_in("caseworker"), len(system.asked)
    assert press(client, "run-pause", calls).status == "paused"
    collect_page(calls.pk)
    collect(calls.case_id)
    assert len(system.asked) == before
    assert Case.objects.get().blocked_by == "source-paused"
    assert press(client, "run-resume", calls).status == "waiting"
    finish(calls)
    assert [row["id"] for row in rows(calls.case, "calls")] == [f"ANNA-{row}" for row in range(ROWS)]
    assert system.times("/calls/ANNA?page=1&size=2") == 1


@pytest.mark.django_db
def test_a_failed_run_is_tried_again_from_where_it_stopped(
    calls: Run, system: SlowSystem, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "MAX_ATTEMPTS", 1)
    system.broken = {"/calls/ANNA?page=2&size=2"}
    collect_page(calls.pk)
    failed = Run.objects.get(pk=calls.pk)
    assert (failed.status, failed.rows) == ("failed", 2)
    system.broken = set()
    assert press(signed_in("caseworker"), "run-retry", calls).status == "waiting"
    finish(calls)
    assert [row["id"] for row in rows(calls.case, "calls")] == [f"ANNA-{row}" for row in range(ROWS)]
    assert system.times("/calls/ANNA?page=1&size=2") == 1


def due(run: Run) -> Run:
    """Its next try has come."""
    Run.objects.filter(pk=run.pk).update(next_try_at=timezone.now())
    collect_page(run.pk)
    return Run.objects.get(pk=run.pk)


@pytest.mark.django_db
def test_pages_that_do_not_fit_together_are_read_anew(calls: Run, system: SlowSystem) -> None:
    """The first page again in place of the second: what was read of it is forgotten, then everything comes once."""
    system.instead = {"/calls/ANNA?page=2&size=2": "/calls/ANNA?page=1&size=2"}
    collect_page(calls.pk)
    begun = Run.objects.get(pk=calls.pk)
    assert (begun.status, begun.rows, begun.cursor, begun.chunks.count()) == ("retrying", 0, None, 0)
    assert begun.error.startswith("page-repeated")
    system.instead = {}
    due(calls)
    finish(calls)
    assert [row["id"] for row in rows(calls.case, "calls")] == [f"ANNA-{row}" for row in range(ROWS)]


@pytest.mark.django_db
def test_pages_that_never_fit_together_are_shown_and_tried_again_by_hand(
    calls: Run, system: SlowSystem, signed_in: Callable[..., Client]
) -> None:
    """However often the first page goes well in between."""
    system.instead = {"/calls/ANNA?page=2&size=2": "/calls/ANNA?page=1&size=2"}
    for _ in range(2 * failed_runs.MAX_RESTARTS):
        due(calls)
    failed = Run.objects.get(pk=calls.pk)
    assert (failed.status, failed.restarts) == ("failed", failed_runs.MAX_RESTARTS)
    system.instead = {}
    assert press(signed_in("caseworker"), "run-retry", calls).status == "waiting"
    finish(calls)
    assert [row["id"] for row in rows(calls.case, "calls")] == [f"ANNA-{row}" for row in range(ROWS)]


@pytest.mark.django_db
def test_one_run_stands_still_while_another_goes_on(calls: Run, signed_in: Callable[..., Client]) -> None:
    press(signed_in("caseworker"), "run-pause", calls)
    other = calls.case.runs.get(collection="customer")
    collect_page(other.pk)
    assert Run.objects.get(pk=other.pk).status == "done"


def finish(run: Run) -> None:
    for _ in range(ROWS):
        collect_page(run.pk)
    assert Run.objects.get(pk=run.pk).status == "done"

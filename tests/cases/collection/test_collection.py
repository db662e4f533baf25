"""Gathering: a page is a transaction. Nothing is lost, nothing comes twice, nothing is skipped in silence."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import orjson
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from cases import tasks
from cases.casework.workflow import Refusal
from cases.collection import gathering
from cases.collection.gathering import collect, collect_page, due_runs
from cases.collection.progress import progress
from cases.collection.run_commands import pause_run, resume_run, retry_run
from cases.identity import matching
from cases.models import Case, Chunk, Operator, Run, Task, User
from cases.rows import chunks
from cases.sources import places, retries
from cases.sources.locks import try_lock
from tests.operators.by_hand import gather, work
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(ask: Callable[..., Case]) -> Case:
    """Matched, with a run for each collection."""
    case = ask("access")
    matching.match(case.pk)
    collect(case.pk)
    case.refresh_from_db()
    return case


@pytest.fixture
def calls(case: Case, crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of ten rows in pages of four."""
    monkeypatch.setattr(gathering, "PAGE_ROWS", 4)
    crm.execute("DELETE FROM calls")
    row = "(?, '+46701740605', '2026-02-01 12:00:00', '+46701740698', 0)"
    crm.executemany(f"INSERT INTO calls VALUES {row}", [(number,) for number in range(10)])
    return case.runs.get(collection="calls")


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Somebody else does this in a transaction that ends with the block."""
    done, let_go = threading.Event(), threading.Event()

    def other() -> None:
        with transaction.atomic():
            assert act()
            done.set()
            let_go.wait()
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    assert done.wait(timeout=30)
    try:
        yield
    finally:
        let_go.set()
        thread.join()


def ids(run: Run) -> list[int]:
    return [orjson.loads(line)["id"] for line in chunks.lines(run)]


def test_a_run_a_collection_once(case: Case) -> None:
    collect(case.pk)
    collect(case.pk)
    assert sorted(case.runs.values_list("collection", flat=True)) == [
        "calls", "customer", "invoice", "subscription",
    ]  # fmt: skip


def test_an_objection_gathers_who_the_person_is_and_no_more(ask: Callable[..., Case]) -> None:
    case = work(ask("marketing-objection"))
    assert set(case.runs.values_list("category", flat=True)) == {"contact", "account"}


def test_cursor_and_rows_are_committed_together(calls: Run) -> None:
    seen = []
    for _ in range(3):
        collect_page(calls.pk)
        calls.refresh_from_db()
        seen.append((calls.status, calls.rows, calls.chunks.count(), calls.cursor is None))
    assert seen == [("running", 4, 1, False), ("running", 8, 2, False), ("done", 10, 3, True)]
    assert ids(calls) == list(range(10))


def test_a_page_that_is_not_committed_is_read_again(calls: Run) -> None:
    """The worker dies after the file was written: the next one writes the same chunk."""
    collect_page(calls.pk)

    with transaction.atomic():
        collect_page(calls.pk)
        transaction.set_rollback(True)
    collect_page(calls.pk)
    collect_page(calls.pk)
    assert ids(calls) == list(range(10))
    assert [chunk.number for chunk in calls.chunks.all()] == [0, 1, 2]


def test_a_worker_that_lost_its_transaction_unknowing_overwrites_no_file(calls: Run) -> None:
    """It stood still, and another has meanwhile written the same page and committed."""
    late = Run.objects.select_related("case").get(pk=calls.pk)
    collect_page(calls.pk)
    committed = list(calls.chunks.all())
    with transaction.atomic():
        calls.chunks.all().delete()  # what the late worker knows
        chunks.keep(late, [b'{"id": -1}'])
        transaction.set_rollback(True)
    assert list(calls.chunks.all()) == committed
    assert ids(calls) == [0, 1, 2, 3]


def test_a_message_that_comes_twice_gives_no_row_twice(calls: Run) -> None:
    for _ in range(9):
        collect_page(calls.pk)
    assert ids(calls) == list(range(10))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_run_do_not_double_it(calls: Run) -> None:
    ready = threading.Barrier(4)

    def worker() -> None:
        ready.wait()
        for _ in range(6):
            collect_page(calls.pk)
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while Run.objects.get(pk=calls.pk).status != "done":
        collect_page(calls.pk)
    assert ids(calls) == list(range(10))


def test_when_all_are_done_the_case_moves_on(case: Case) -> None:
    gather(case)
    case.refresh_from_db()
    assert (case.stage, sum(run.rows for run in case.runs.all())) == ("holds", 5)


def test_a_source_that_is_down_is_asked_again_later_and_then_shown(
    case: Case, away: Callable[[bool], None]
) -> None:
    run = case.runs.get(collection="calls")
    away(True)
    pauses = []
    for attempt in range(1, retries.MAX_ATTEMPTS):
        collect_page(run.pk)
        run.refresh_from_db()
        assert (run.status, run.attempts) == ("retrying", attempt)
        assert run.next_try_at is not None
        pauses.append(round((run.next_try_at - run.touched_at).total_seconds()))
        Run.objects.filter(pk=run.pk).update(next_try_at=timezone.now())
    assert pauses == [4, 8, 16, 32, 64, 128, 256]
    collect_page(run.pk)
    run.refresh_from_db()
    case.refresh_from_db()
    assert (run.status, case.blocked_by) == ("failed", "source-failed")
    assert "Test" not in run.error


def test_before_its_time_a_source_that_is_down_is_left_alone(
    case: Case, away: Callable[[bool], None]
) -> None:
    run = case.runs.get(collection="calls")
    away(True)
    collect_page(run.pk)
    collect_page(run.pk)
    collect(case.pk)
    run.refresh_from_db()
    assert run.attempts == 1
    assert run.pk not in due_runs().values_list("pk", flat=True)
    Run.objects.filter(pk=run.pk).update(next_try_at=timezone.now())
    assert run.pk in due_runs().values_list("pk", flat=True)


def test_a_page_that_breaks_in_a_way_nobody_foresaw_shows_on_the_case(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_run: Run, _rows: int) -> None:
        raise ZeroDivisionError

    run = case.runs.get(collection="calls")
    with monkeypatch.context() as broken:
        broken.setattr(gathering, "_read", breaks)
        with pytest.raises(ZeroDivisionError) as raised:
            tasks.collect_page.run(run.pk)
    tasks.collect_page.on_failure(raised.value, "", [run.pk], {}, None)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("collection", "task-failed")
    gather(case)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("holds", "")


def test_a_misconfigured_source_fails_at_once(case: Case, crm: sqlite3.Connection) -> None:
    crm.execute("DROP TABLE calls")
    run = case.runs.get(collection="calls")
    collect_page(run.pk)
    run.refresh_from_db()
    assert run.status == "failed"
    assert run.error.startswith("no-table")


def test_a_failed_source_keeps_the_case_and_a_caseworker_tries_it_again(
    case: Case, away: Callable[[bool], None], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    crm.execute("ALTER TABLE calls RENAME TO lost")
    gather(case)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("collection", "source-failed")
    crm.execute("ALTER TABLE lost RENAME TO calls")
    run = case.runs.get(collection="calls")
    with pytest.raises(PermissionDenied):
        retry_run(run, by=staff("approver"))
    retry_run(run, by=staff("caseworker"))
    gather(case)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("holds", "")


def test_a_retry_goes_on_from_the_page_where_it_stopped(
    calls: Run, staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    collect_page(calls.pk)
    crm.execute("ALTER TABLE calls RENAME TO lost")
    collect_page(calls.pk)
    crm.execute("ALTER TABLE lost RENAME TO calls")
    retry_run(calls, by=staff("caseworker"))
    collect_page(calls.pk)
    collect_page(calls.pk)
    assert ids(calls) == list(range(10))


def test_a_paused_source_is_left_alone_until_it_is_resumed(
    case: Case, calls: Run, staff: Callable[..., User]
) -> None:
    collect_page(calls.pk)
    pause_run(calls, by=staff("caseworker"))
    gather(case)
    case.refresh_from_db()
    calls.refresh_from_db()
    assert (calls.rows, case.stage, case.blocked_by) == (4, "collection", "source-paused")
    resume_run(calls, by=staff("caseworker"))
    gather(case)
    assert ids(calls) == list(range(10))


def test_what_is_done_can_be_neither_paused_nor_tried_again(case: Case, staff: Callable[..., User]) -> None:
    run = case.runs.get(collection="calls")
    collect_page(run.pk)
    with pytest.raises(Refusal, match="run-ended"):
        pause_run(run, by=staff("caseworker"))
    with pytest.raises(Refusal, match="run-not-stopped"):
        retry_run(run, by=staff("caseworker"))


@pytest.mark.django_db(transaction=True)
def test_what_is_written_beside_a_case_does_not_keep_its_task_off(
    ask: Callable[..., Case], operator: Operator
) -> None:
    case = ask("marketing-objection")
    matching.match(case.pk)

    def writes() -> Task:
        task = Task.objects.create(operator=operator, case=case, kind="beside", due_on=timezone.localdate())
        connection.check_constraints()  # else PostgreSQL looks at the case when the transaction ends
        return task

    with meanwhile(writes):
        collect(case.pk)
    assert case.runs.exists()


@pytest.mark.django_db(transaction=True)
def test_a_source_is_never_read_in_more_places_than_it_allows(
    case: Case, configured: Callable[[str], None]
) -> None:
    configured(SMALL.connectors.replace('key = "crm"\n', 'key = "crm"\nconcurrency = 1\n', 1))
    run = case.runs.get(collection="calls")
    with meanwhile(lambda: try_lock("source:tele2-se:crm:0")):
        collect_page(run.pk)
        run.refresh_from_db()
        assert run.status == "waiting"
    collect_page(run.pk)
    run.refresh_from_db()
    assert run.status == "done"


@pytest.mark.django_db(transaction=True)
def test_a_run_that_a_worker_is_at_is_not_sent_for_again(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    busy, calls = case.runs.get(collection="invoice"), case.runs.get(collection="calls")
    Run.objects.filter(pk=busy.pk).update(touched_at=timezone.now() - timedelta(seconds=5))
    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(places, "send", lambda *message: sent.append(message))
    with meanwhile(lambda: Run.objects.select_for_update().get(pk=busy.pk)):
        collect_page(calls.pk)
    assert len(sent) == 1
    assert busy.pk not in sent[0]


def test_whoever_waits_for_a_place_longest_is_woken_when_one_is_free(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = case.runs.get(collection="invoice")
    Run.objects.filter(pk=longest.pk).update(touched_at=timezone.now() - timedelta(seconds=5))
    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(places, "send", lambda *message: sent.append(message))
    collect_page(case.runs.get(collection="calls").pk)
    assert sent == [("cases.tasks.collect_page", longest.pk)]


def test_a_run_nobody_is_at_is_found(case: Case) -> None:
    run = case.runs.get(collection="calls")
    assert run.pk not in due_runs().values_list("pk", flat=True)
    Run.objects.filter(pk=run.pk).update(touched_at=timezone.now() - timedelta(minutes=2))
    assert run.pk in due_runs().values_list("pk", flat=True)


RETAINED = """
[[source.collection]]
key = "retained"
category = "retained"
name = { sv = "Lagrat", da = "Logget", en = "Retained" }
table = "retained"
key_columns = ["id"]
find = { msisdn = "msisdn" }
at = "started_at"
record_kind = { column = "kind" }
"""


def test_secret_rows_are_split_off_and_counted_nowhere(
    configured: Callable[[str], None], ask: Callable[..., Case], crm: sqlite3.Connection
) -> None:
    """A case with secret rows looks the same as one without, in every number and name that is shown."""

    def shown(secret_rows: int) -> tuple[object, ...]:
        crm.execute("DELETE FROM retained")
        row = "(?, '+46701740605', '2026-10-01', ?)"
        kinds = ["telephony"] * 3 + ["targeted"] * secret_rows
        crm.executemany(f"INSERT INTO retained VALUES {row}", list(enumerate(kinds)))
        case = work(ask("access"))
        run = case.runs.get(collection="retained")
        assert sum(1 for _ in chunks.lines(run, secret=True)) == secret_rows
        [told] = [one for one in progress(case) if one.run == run]
        findings = list(run.findings.values_list("verdict", "rows"))
        return run.rows, run.bytes, run.expected, told.percent, findings, case.decisions.count()

    crm.execute("CREATE TABLE retained (id INTEGER PRIMARY KEY, msisdn TEXT, started_at DATETIME, kind TEXT)")
    configured(SMALL.connectors + RETAINED)
    assert shown(0) == shown(2)


def test_a_chunk_that_was_touched_is_not_used(case: Case) -> None:
    gather(case)
    run = case.runs.get(collection="calls")
    Chunk.objects.filter(run=run).update(sha256="0" * 64)
    with pytest.raises(ValueError, match="not what was stored"):
        list(chunks.lines(run))


def test_progress_is_told_in_rows_and_never_reaches_a_hundred_early(calls: Run, case: Case) -> None:
    collect_page(calls.pk)
    [told] = [one for one in progress(case) if one.run == calls]
    assert (told.run.rows, told.run.expected, told.percent) == (4, 10, 40)


def test_what_to_expect_is_asked_also_after_a_source_that_was_away(
    calls: Run, away: Callable[[bool], None]
) -> None:
    away(True)
    collect_page(calls.pk)
    away(False)
    Run.objects.update(next_try_at=timezone.now())
    collect_page(calls.pk)
    calls.refresh_from_db()
    assert (calls.rows, calls.expected) == (4, 10)

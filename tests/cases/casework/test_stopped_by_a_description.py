"""A description that no longer fits stops a case with words and a way on, wherever it stands; mended, it goes on."""

import sqlite3
from collections.abc import Callable

import pytest

from cases import cleared_tasks, tasks
from cases.assessment import assessing
from cases.casework.workflow import BLOCKED_BY
from cases.collection import gathering
from cases.desk.case.next_step import State, next_step
from cases.execution import carrying_out
from cases.identity import matching
from cases.models import Case, User
from connectors.contract import base
from exports import tasks as export_tasks
from exports.answer import building
from tests.operators.by_hand import decide, gather, prepare, read_and_approve, work
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db
GONE = SMALL.connectors.replace('key = "invoice"', 'key = "bills"')
FAULTY = SMALL.connectors.replace('kind = "sql"', 'kind = "sqll"')


def sentence(case: Case) -> str:
    case.refresh_from_db()
    return next_step(case, State(user_id=0, can=frozenset())).sentence


def fails(task: object, case: Case) -> None:
    """What Celery does with a stage's task that raises."""
    with pytest.raises(Exception) as raised:
        task.run(case.pk)  # type: ignore[attr-defined]
    task.on_failure(raised.value, "", [case.pk], {}, None)  # type: ignore[attr-defined]


def stopped(case: Case, *, by: str) -> None:
    told = sentence(case)
    assert case.blocked_by == "source-failed"
    assert case.blocked_why.startswith(by)
    assert "connectors.toml" in told
    assert "goes on by itself" in told


@pytest.mark.parametrize(("text", "why"), [(GONE, "not-configured: crm/invoice"), (FAULTY, "faulty-file")])
def test_before_it_is_judged(
    ask: Callable[..., Case], configured: Callable[[str], None], text: str, why: str
) -> None:
    case = ask("access")
    matching.match(case.pk)
    gather(case)
    configured(text)
    fails(tasks.assess, case)
    stopped(case, by=why)
    configured(SMALL.connectors)
    assessing.assess(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by, case.blocked_why) == ("decisions", "", "")


def test_a_faulty_file_before_anything_is_gathered(
    ask: Callable[..., Case], configured: Callable[[str], None]
) -> None:
    case = ask("access")
    matching.match(case.pk)
    configured(FAULTY)
    fails(tasks.collect, case)
    stopped(case, by="faulty-file")
    configured(SMALL.connectors)
    gather(case)
    case.refresh_from_db()
    assert (case.stage, case.blocked_why) == ("holds", "")


def test_a_faulty_file_in_the_search(ask: Callable[..., Case], configured: Callable[[str], None]) -> None:
    case = ask("access")
    configured(FAULTY)
    tasks.match(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("matching", "source-failed")
    assert case.blocked_why.startswith("faulty-file")


@pytest.mark.parametrize("text", [GONE, FAULTY])
def test_a_page_is_a_failed_run(
    ask: Callable[..., Case], configured: Callable[[str], None], text: str
) -> None:
    case = ask("access")
    matching.match(case.pk)
    gathering.collect(case.pk)
    configured(text)
    run = case.runs.get(collection="invoice")
    gathering.collect_page(run.pk)
    run.refresh_from_db()
    assert run.status == "failed"
    assert run.error.startswith(("not-configured", "faulty-file"))


@pytest.mark.parametrize("text", [GONE, FAULTY])
def test_between_decision_and_answer(
    ask: Callable[..., Case], configured: Callable[[str], None], staff: Callable[..., User], text: str
) -> None:
    case, caseworker = work(ask("access")), staff("caseworker")
    decide(case, caseworker)
    building.prepare(case, by=caseworker)
    configured(text)
    fails(export_tasks.build, case)
    stopped(case, by="")
    configured(SMALL.connectors)
    building.build(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_why) == ("answer", "")


@pytest.mark.parametrize("text", [GONE, FAULTY])
def test_between_approval_and_execution(
    ask: Callable[..., Case],
    configured: Callable[[str], None],
    staff: Callable[..., User],
    crm: sqlite3.Connection,
    text: str,
) -> None:
    case = work(ask("erasure"))
    read_and_approve(prepare(case, staff("caseworker")), by=staff("approver"))
    configured(text)
    try:
        carrying_out.execute(case.pk)
    except base.SourceError:
        fails(cleared_tasks.execute, case)
        stopped(case, by="")
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("execution", "source-failed")
    assert crm.execute("SELECT count(*) FROM invoice").fetchone() != (0,)


def test_a_run_whose_driver_raises_has_failed(
    ask: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    case = ask("access")
    matching.match(case.pk)
    gathering.collect(case.pk)
    run = case.runs.get(collection="invoice")
    monkeypatch.setattr("connectors.sql.connector.SqlConnector.read", breaks)
    gathering.collect_page(run.pk)
    run.refresh_from_db()
    assert (run.status, run.error.partition(" in ")[0]) == ("failed", "unforeseen: ZeroDivisionError")


def test_what_nobody_foresaw_is_told_by_its_kind(ask: Callable[..., Case]) -> None:
    case = ask("access")
    tasks.match.on_failure(ZeroDivisionError("x"), "", [case.pk], {}, None)
    Case.objects.filter(pk=case.pk).update(stage="holds")
    assert "ZeroDivisionError" in sentence(case)
    assert str(BLOCKED_BY[case.blocked_by])

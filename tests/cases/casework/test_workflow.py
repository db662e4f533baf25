"""The line: which step may follow which, and that whatever gets lost on the way is found again."""

import socket
from collections.abc import Callable
from datetime import timedelta

import pytest
import redis
from celery import Celery
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases import tasks
from cases.casework import dispatch, workflow
from cases.casework.refusal_words import MESSAGES
from cases.casework.workflow import (
    BLOCKED_BY,
    LINE,
    NEXT,
    TASKS,
    Refusal,
    advance,
    close,
    line,
    lock,
    stalled,
    take,
)
from cases.models import Case, Dispatch, Operator, User
from cases.models.case import Outcome, Right, Stage
from cases.request.intake import submit
from tests.operators.by_hand import request

pytestmark = pytest.mark.django_db
ALL = [(before, after) for before in Stage for after in Stage]


@pytest.fixture
def case(ask: Callable[..., Case]) -> Case:
    return ask("access", proven=False)


def put(case: Case, stage: Stage) -> Case:
    """The case at that stage, however it got there."""
    closed = {"outcome": Outcome.GRANTED, "closed_at": timezone.now()} if stage == Stage.CLOSED else {}
    Case.objects.filter(pk=case.pk).update(**{"stage": stage, "outcome": "", "closed_at": None, **closed})
    return Case.objects.get(pk=case.pk)


def test_every_step_is_either_allowed_or_refused(case: Case) -> None:
    """One table: what follows what. Everything else is refused and changes nothing."""
    allowed = {
        "verification": "matching",
        "matching": "collection",
        "collection": "holds matching",
        "holds": "decisions matching",
        "decisions": "answer holds matching",
        "answer": "approval decisions holds matching",
        "approval": "execution decisions holds matching",
        "execution": "delivery holds matching",
        "delivery": "",
        "closed": "verification matching",
    }
    for before, after in ALL:
        with transaction.atomic():
            at = put(case, before)
            if after in allowed[before].split():
                advance(at, after, by="system")
                assert Case.objects.get().stage == after
            else:
                with pytest.raises(Refusal, match="wrong-stage"):
                    advance(at, after, by="system")
                assert Case.objects.get().stage == before
            transaction.set_rollback(True)


def test_the_tables_know_every_stage() -> None:
    assert set(LINE) == set(NEXT) == set(Stage)
    assert TASKS.keys() < set(Stage)


def test_an_outcome_is_there_exactly_when_closed(case: Case) -> None:
    for wrong in ({"outcome": "granted"}, {"closed_at": timezone.now()}, {"stage": "closed"}):
        with pytest.raises(IntegrityError, match="exactly_when_closed"), transaction.atomic():
            Case.objects.update(**wrong)


def test_closing_twice_keeps_the_first_outcome(case: Case) -> None:
    with transaction.atomic():
        close(lock(case.pk), Outcome.WITHDRAWN, by="system")
        close(lock(case.pk), Outcome.GRANTED, by="system")
    assert Case.objects.get().outcome == "withdrawn"


def test_reopening_takes_the_outcome_back(case: Case) -> None:
    reopened = put(case, Stage.CLOSED)
    advance(reopened, Stage.MATCHING, by="system")
    reopened.refresh_from_db()
    assert (reopened.outcome, reopened.closed_at) == ("", None)


def test_a_task_takes_a_case_only_at_its_own_stage(case: Case) -> None:
    put(case, Stage.HOLDS)
    assert take(case.pk, Stage.HOLDS) == case
    assert take(case.pk, Stage.COLLECTION) is None


@pytest.mark.parametrize("right", list(Right))
def test_the_stations_show_where_a_case_is(case: Case, right: Right) -> None:
    Case.objects.update(right=right)
    for stage in Stage:
        steps = line(put(case, stage))
        states = [step.state for step in steps]
        assert states[0] == "done"
        assert states.count("current") == (0 if stage == Stage.CLOSED else 1)
        assert states == sorted(states, key=["done", "current", "todo"].index)
        # Where data are handed over and nothing else is done, nothing is said to be carried out.
        carried_out = any(step.label == "Carried out" for step in steps)
        assert carried_out == (right not in {Right.ACCESS, Right.PORTABILITY})


def test_a_blocked_station_is_shown_as_such(case: Case) -> None:
    Case.objects.update(stage="matching", blocked_by="claims-to-check")
    assert [step.state for step in line(Case.objects.get())].count("blocked") == 1


def test_every_refusal_has_its_sentence() -> None:
    """Codes are read out of the code itself, so that none can be forgotten."""
    import re

    folders = ("cases", "exports")
    files = [path for name in folders for path in (django_settings.BASE_DIR / name).rglob("*.py")]
    used = {code for path in files for code in re.findall(r'Refusal\(\s*"([a-z-]+)"', path.read_text())}
    assert used - MESSAGES.keys() == set()
    blocked = {
        code
        for path in files
        for code in re.findall(r'block(?:ed)?\([^"()]*,\s*"([a-z-]+)"', path.read_text())
    }
    assert blocked <= BLOCKED_BY.keys()
    assert BLOCKED_BY.keys() >= workflow.WAITS_FOR_PERSON


def test_a_broker_that_is_away_is_no_error_for_whoever_asks(
    operator: Operator,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    monkeypatch.setattr(dispatch, "current_app", Celery(broker="redis://127.0.0.1:1/0", set_as_current=False))
    with django_capture_on_commit_callbacks(execute=True):
        submission = submit(request(operator, "access"))
    assert submission.cases.exists()


@pytest.mark.django_db
@pytest.mark.timeout(60)
def test_a_broker_that_stands_still_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and says nothing: the settings bound how long that is waited for."""
    options = dict(django_settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    assert 0 < options["socket_timeout"] <= 5
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = Celery(broker=f"redis://127.0.0.1:{silent.getsockname()[1]}/0", set_as_current=False)
        app.conf.broker_transport_options = options | {"socket_timeout": 0.2}
        app.conf.task_publish_retry_policy = django_settings.CELERY_TASK_PUBLISH_RETRY_POLICY
        monkeypatch.setattr(dispatch, "current_app", app)
        dispatch.send("cases.tasks.match", 1)


@pytest.mark.django_db(transaction=True)
def test_an_emptied_redis_loses_nothing(case: Case, redis_url: str) -> None:
    """Every stage with a task is sent again by beat once its message is gone."""
    with redis.Redis.from_url(redis_url) as broker:
        broker.flushdb()
        for stage, task in TASKS.items():
            advanced = put(case, stage)
            with transaction.atomic():
                workflow.kick(advanced)
            assert sent(broker) == {task}
            broker.flushdb()
            tasks.sweep()
            assert sent(broker) == set()
            long_ago = timezone.now() - workflow.PATIENCE - timedelta(seconds=1)
            Case.objects.update(kicked_at=long_ago)
            Dispatch.objects.update(sent_at=long_ago)
            tasks.sweep()
            assert task in sent(broker)
            broker.flushdb()
            assert list(stalled(Stage.COLLECTION)) == []


def sent(broker: redis.Redis) -> set[str]:
    """Names of the tasks that wait in the queue."""
    import json

    return {json.loads(message)["headers"]["task"] for message in broker.lrange("celery", 0, -1)}


def test_what_nobody_foresaw_shows_on_the_case(case: Case) -> None:
    put(case, Stage.HOLDS)
    tasks.assess.on_failure(RuntimeError("x"), "id", (case.pk,), {}, None)
    assert Case.objects.get().blocked_by == "task-failed"
    assert str(BLOCKED_BY["task-failed"])


def test_a_late_note_does_not_block_a_case_that_moved_on(case: Case) -> None:
    put(case, Stage.COLLECTION)
    workflow.note_blocked(case.pk, "source-down", at=Stage.MATCHING)
    assert Case.objects.get().blocked_by == ""


def test_closing_the_access_case_sets_the_waiting_erasure_going(
    operator: Operator, staff: Callable[..., User], monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:  # fmt: skip
    submission = submit(request(operator, "access", "erasure"))
    erasure = submission.cases.get(right="erasure")
    Case.objects.filter(pk=erasure.pk).update(stage="execution", blocked_by="waits-for-access")
    told: list[tuple[object, ...]] = []
    monkeypatch.setattr(workflow, "send", lambda *message: told.append(message))
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        close(lock(submission.cases.get(right="access").pk), Outcome.GRANTED, by="system")
    assert ("cases.tasks.execute", erasure.pk) in told

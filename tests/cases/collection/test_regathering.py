"""A file of what was gathered that is gone or damaged: the case says so, and that run alone is gathered again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from celery import Task
from django.conf import settings
from django.test import Client
from django.urls import reverse

from cases import cleared_tasks, tasks
from cases.casework import audit
from cases.collection.gathering import collect
from cases.execution.erasure import erasable
from cases.identity import matching
from cases.models import Case, Run, User
from cases.rows.chunks import Damaged
from exports.answer import building
from exports.tasks import build
from tests.operators.by_hand import decide, gather, prepare, read_and_approve, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def caseworker(staff: Callable[..., User]) -> User:
    return staff("caseworker")


def files(run: Run, *, keys: bool = False) -> list[Path]:
    """The sealed files of a run, with the sorted keys beside them where those were written."""
    names = [Path(settings.VAULT) / chunk.name for chunk in run.chunks.all()]
    beside = [name.with_name(f"{name.name}-keys") for name in names]
    return [*names, *(name for name in beside if keys and name.exists())]


def lose(run: Run) -> None:
    uncount(run)
    for file in files(run, keys=True):
        file.unlink()


def uncount(run: Run) -> None:
    """Whoever has the counts of rows does not open them."""
    run.chunks.update(counted=None)


def damage(run: Run) -> None:
    uncount(run)
    for file in files(run, keys=True):
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)


def fails(task: Task, case: Case) -> None:  # type: ignore[type-arg]
    """The task comes upon the file, and Celery tells it that it failed."""
    with pytest.raises(Damaged) as raised:
        task.run(case.pk)
    task.on_failure(raised.value, "", [case.pk], {}, None)


def at_holds(ask: Callable[..., Case], right: str = "access") -> Case:
    case = ask(right)
    matching.match(case.pk)
    gather(case)
    case.refresh_from_db()
    assert case.stage == "holds"
    return case


def gathered_again(case: Case, runs: dict[str, int]) -> None:
    """Back at matching, with every run but the one that was lost; and then on to the decisions as ever."""
    case.refresh_from_db()
    assert case.stage == "matching"
    assert set(case.runs.values_list("collection", flat=True)) == runs.keys() - {"calls"}
    work(case)
    assert case.stage == "decisions"
    assert dict(case.runs.values_list("collection", "rows")) == runs


@pytest.mark.parametrize("spoil", [lose, damage])
def test_before_it_is_judged(spoil: Callable[[Run], None], ask: Callable[..., Case]) -> None:
    case = at_holds(ask)
    runs = dict(case.runs.values_list("collection", "rows"))
    spoil(case.runs.get(collection="calls"))
    fails(tasks.assess, case)
    gathered_again(case, runs)
    [failed] = [entry for entry in audit.timeline(case) if entry.action == "run.failed"]
    assert failed.data["error"] == "gathered-damaged"


def test_while_the_answer_is_built(ask: Callable[..., Case], caseworker: User) -> None:
    case = work(ask("access"))
    runs = dict(case.runs.values_list("collection", "rows"))
    decide(case, caseworker)
    building.prepare(case, by=caseworker)
    lose(case.runs.get(collection="calls"))
    fails(build, case)
    gathered_again(case, runs)


def test_before_anything_is_erased(
    ask: Callable[..., Case], caseworker: User, staff: Callable[..., User]
) -> None:
    case = work(ask("erasure"))
    read_and_approve(prepare(case, caseworker), by=staff("approver"))
    lose(case.runs.get(collection="calls"))
    fails(cleared_tasks.execute, case)
    case.refresh_from_db()
    assert (case.stage, case.actions.count()) == ("matching", 0)


def test_a_second_message_of_it_changes_nothing(ask: Callable[..., Case]) -> None:
    case = at_holds(ask)
    lose(case.runs.get(collection="calls"))
    fails(tasks.assess, case)
    tasks.assess.run(case.pk)
    collect(case.pk)
    assert len([one for one in audit.timeline(case) if one.action == "run.failed"]) == 1


def test_the_desk_says_so_where_rows_are_looked_at(
    ask: Callable[..., Case], staff: Callable[..., User], client: Client
) -> None:
    case = work(ask("access"))
    run = case.runs.get(collection="calls")
    lose(run)
    client.force_login(staff("caseworker"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("desk:rows", args=[case.reference, run.pk]))
    assert page.status_code == 200
    assert "missing or damaged" in page.content.decode()


def test_once_erasing_has_begun_the_case_says_so_and_goes_on_when_the_file_is_back(
    ask: Callable[..., Case], caseworker: User, staff: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = work(ask("erasure"))
    read_and_approve(prepare(case, caseworker), by=staff("approver"))
    run = case.runs.get(collection="calls")
    kept = {file: file.read_bytes() for file in files(run, keys=True)}
    release = erasable.release

    def loses_it(released: Case) -> bool:
        done = release(released)
        lose(run)
        return done

    monkeypatch.setattr(erasable, "release", loses_it)
    fails(cleared_tasks.execute, case)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("execution", "gathered-damaged")
    for file, content in kept.items():
        file.write_bytes(content)
    cleared_tasks.execute.run(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("delivery", "")

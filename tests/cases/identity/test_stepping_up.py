"""A stronger proof takes a case back for what waited, from wherever it stands, and no further than it has to."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from cases.assessment import deciding
from cases.casework import audit
from cases.execution import carrying_out
from cases.execution.erasure import erasable
from cases.identity.stepping_up.waiting import waiting
from cases.identity.vouched import vouching
from cases.models import Action, Case, Operator, Run, User
from cases.models.proof import Level
from cases.request import once_more
from cases.sources.loading import load_operator
from exports import delivery
from exports.answer import building
from exports.answer.snapshot import facts_of
from exports.letter.plain import plain
from exports.models import Answer
from tests.operators.by_hand import answer, carry_out, decide, prepare, read_and_approve, work
from tests.operators.line import answered
from tests.operators.scenes import NUMBERED, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def proof_asked() -> str:
    return ""


@pytest.fixture
def scene() -> Scene:
    """Identity numbers and calls wait for more than a mailed code."""
    return NUMBERED


@pytest.fixture
def worker(staff: Callable[..., User]) -> User:
    return staff("caseworker")


@pytest.fixture
def approver(staff: Callable[..., User]) -> User:
    return staff("approver")


@pytest.fixture
def case(ask: Callable[..., Case]) -> Case:
    """Gathered and judged by a mailed code alone."""
    return work(ask("access"))


def not_proven(case: Case) -> set[str]:
    return set(case.runs.filter(status=Run.Status.NOT_PROVEN).values_list("category", flat=True))


def happened(case: Case, action: str) -> bool:
    return any(entry.action == action for entry in audit.timeline(case))


def vouch(case: Case, by: User, level: Level = Level.SUBSTANTIAL) -> Case:
    vouching.vouch(case.submission, level=level, evidence="shop", checked="A passport.", by=by)
    case.refresh_from_db()
    return case


def test_what_waits_is_told_with_the_ways_there(case: Case) -> None:
    waits = waiting(case, "en")
    assert waits
    assert waits.categories == ("National identity number",)
    assert any("Visit one of our shops" in way for group in waits.groups for way in group.ways)


def test_what_is_only_ever_described_waits_for_nothing(case: Case) -> None:
    """No proof opens what is held for law enforcement alone."""
    case.runs.filter(status=Run.Status.NOT_PROVEN).update(category="retained")
    assert waiting(case, "en") is None
    said = plain(answered(facts_of(case)))
    assert "beskriver vi i stället för att lämna ut dem" in " ".join(said.split())
    assert "starkare legitimation" not in said
    case.right = "erasure"
    assert waiting(case, "en") is not None


def test_the_letter_names_what_waits_and_how_it_is_had(case: Case) -> None:
    said = plain(answered(facts_of(case)))
    assert "Personnummer" in said
    assert "De här uppgifterna kräver en starkare legitimation" in said
    assert "Besök en av våra butiker" in said


def test_an_answer_that_waits_for_approval_is_built_anew_with_the_rest(
    case: Case, worker: User, approver: User
) -> None:
    first = prepare(case, worker)
    case = vouch(case, worker)
    first.refresh_from_db()
    assert (case.stage, first.status) == ("matching", "overtaken")
    assert happened(case, "answer.overtaken")
    case = work(case)
    assert (case.stage, not_proven(case)) == ("decisions", set())
    assert case.runs.get(collection="identity").rows == 1
    assert answer(case, worker, approver).version == 2


def test_an_approval_that_was_given_falls_away_by_name(case: Case, worker: User, approver: User) -> None:
    first = prepare(case, worker)
    read_and_approve(first, by=approver)
    case = vouch(case, worker)
    first.refresh_from_db()
    assert (case.stage, first.status) == ("matching", "overtaken")
    assert happened(case, "approval.lapsed")
    case = work(case)
    second = prepare(case, worker)
    assert (second.version, second.approved_by) == (2, None)


def test_an_answer_that_is_just_being_written_is_dropped(case: Case, worker: User) -> None:
    decide(case, worker)
    first = building.prepare(case, by=worker)
    vouch(case, worker)
    building.build(case.pk)
    first.refresh_from_db()
    case.refresh_from_db()
    assert (case.stage, first.status) == ("matching", "overtaken")


def test_a_proof_that_opens_nothing_leaves_an_approval_as_it_is(
    case: Case, worker: User, approver: User
) -> None:
    read_and_approve(prepare(case, worker), by=approver)
    case = vouch(case, worker, Level.LOW)
    assert (case.stage, Answer.objects.get().status) == ("execution", "approved")
    assert not happened(case, "approval.lapsed")


def test_what_a_proof_does_not_reach_goes_on_waiting(
    ask: Callable[..., Case], operator: Operator, worker: User, folder_of_operator: Path
) -> None:
    register = folder_of_operator / "register.toml"
    told = register.read_text().replace(
        "[categories.national-id]", '[categories.national-id]\nproof = "high"'
    )
    register.write_text(told)
    load_operator(operator.pk)
    case = work(ask("access"))
    case = work(vouch(case, worker))
    assert (case.stage, not_proven(case)) == ("decisions", {"national-id"})


def test_at_matching_a_proof_is_used_as_well(case: Case, worker: User) -> None:
    """Sent back with its runs, as where a gathered file was damaged."""
    Case.objects.filter(pk=case.pk).update(stage="matching")
    vouch(case, worker)
    case = work(case)
    assert not_proven(case) == set()


def test_decisions_that_were_made_stand(case: Case, worker: User) -> None:
    decided = case.decisions.exclude(outcome="not-proven").first()
    assert decided
    deciding.confirm(decided, by=worker)
    case = work(vouch(case, worker))
    assert case.decisions.get(subject=decided.subject).status == "confirmed"


# Where there is no way back


def test_erasure_that_was_carried_out_is_not_taken_back(
    ask: Callable[..., Case], worker: User, approver: User, crm: sqlite3.Connection
) -> None:
    case = work(ask("erasure", "bo@example.com"))
    read_and_approve(prepare(case, worker), by=approver)
    carrying_out.execute(case.pk)
    case.refresh_from_db()
    assert case.actions.filter(kind=Action.Kind.ERASE).exists()
    stood = case.stage
    assert vouch(case, worker).stage == stood
    assert not happened(case, "approval.lapsed")


def test_what_could_not_go_back_is_asked_anew_once_it_is_delivered(
    ask: Callable[..., Case], worker: User, approver: User
) -> None:
    case = work(ask("erasure", "bo@example.com"))
    read_and_approve(prepare(case, worker), by=approver)
    carry_out(case, worker)
    case.refresh_from_db()
    assert case.stage == "delivery"
    vouch(case, worker)
    building.write_receipt(case.pk)
    delivery.deliver(case.pk)
    assert list(once_more.due()) == [case]
    once_more.go_on(case.pk)
    once_more.go_on(case.pk)
    assert not once_more.due()
    again = Case.objects.get(follows=case)
    assert (again.stage, again.right, again.submission.channel) == ("matching", "erasure", "once-more")
    assert not_proven(work(again)) == set()


def test_what_is_only_planned_at_the_sources_does_not_keep_a_case(
    ask: Callable[..., Case], worker: User, approver: User
) -> None:
    case = work(ask("erasure", "bo@example.com"))
    read_and_approve(prepare(case, worker), by=approver)
    erasable.begin(case)
    assert case.actions.exists()
    case = vouch(case, worker)
    assert (case.stage, case.actions.count()) == ("matching", 0)

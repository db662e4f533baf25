"""A second look at a computer's decision (Art. 22(3)), and a request found abusive (Art. 12(5))."""

import sqlite3
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import pytest

from cases.assessment.reviews import automated_purposes, find_abusive, review, take_abuse_back
from cases.casework.workflow import Refusal
from cases.models import Case
from exports import delivery
from exports.answer.snapshot import facts_of
from tests.operators.line import Staff, decide, finish, letter, said, work
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]


@pytest.fixture
def scene() -> Scene:
    return TELLING


@pytest.fixture
def automated(ask: Ask) -> Case:
    return work(ask("automated-decision"))


def test_the_second_look_finds_the_decision(automated: Case) -> None:
    assert "credit" in {run.category for run in automated.runs.filter(rows__gt=0)}


@pytest.mark.parametrize(
    ("result", "outcome", "words"),
    [
        ("changed", "granted", "looked at the decision again. The decision is to be changed, no later than"),
        ("upheld", "refused", "looked at the decision again. The decision stands."),
        ("not-automated", "refused", "a caseworker took part in it"),
    ],
)
def test_the_result_and_its_reasons_stand_in_the_letter(
    automated: Case, staff: Staff, result: str, outcome: str, words: str
) -> None:
    purpose = automated_purposes(automated)[0].code
    reasons = "The income was read wrongly."
    review(automated, purpose=purpose, result=result, reasons=reasons, by=staff("caseworker"))
    facts = facts_of(automated)
    assert facts.outcome == outcome
    text = said(letter(automated))
    assert words in text
    assert reasons in text


def test_a_changed_decision_is_a_task_for_whoever_changes_it(automated: Case, staff: Staff) -> None:
    purpose = automated_purposes(automated)[0].code
    review(automated, purpose=purpose, result="changed", reasons="Read wrongly.", by=staff("caseworker"))
    finish(automated, staff)
    assert (automated.outcome, automated.tasks.get().detail) == ("granted", purpose)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reasons": " "}, "reason-needed"),
        ({"result": "maybe"}, "outcome-unknown"),
        ({"purpose": "T2-P07"}, "outcome-unknown"),
    ],
)
def test_a_second_look_needs_a_purpose_a_result_and_reasons(
    automated: Case, staff: Staff, changes: dict[str, str], code: str
) -> None:
    given = {"purpose": automated_purposes(automated)[0].code, "result": "upheld", "reasons": "Right."}
    with pytest.raises(Refusal, match=code):
        review(automated, **{**given, **changes}, by=staff("caseworker"))


def test_an_abusive_request_gets_no_data_and_reasons(ask: Ask, staff: Staff) -> None:
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    find_abusive(case, proof="The ninth identical request in a week.", by=staff("caseworker"))
    text = said(letter(case))
    assert "The ninth identical request in a week." in text
    assert "Storgatan" not in text
    prepared = finish(case, staff)
    assert case.outcome == "refused"
    with ZipFile(BytesIO(b"".join(delivery.fetch(prepared, who=delivery.DATA_SUBJECT)))) as package:
        assert not [name for name in package.namelist() if name.startswith("data/")]


def test_an_abusive_erasure_erases_nothing_and_tells_nobody(
    ask: Ask, staff: Staff, crm: sqlite3.Connection
) -> None:
    case = work(ask("erasure", "bo@example.com"))
    decide(case, staff("caseworker"))
    find_abusive(case, proof="Meant to hurt.", by=staff("caseworker"))
    finish(case, staff)
    assert (case.outcome, case.actions.count(), case.recipient_notices.count()) == ("refused", 0, 0)
    assert crm.execute("SELECT count(*) FROM customer").fetchone() == (2,)


def test_a_fee_is_named_with_its_basis(ask: Ask, staff: Staff) -> None:
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    find_abusive(case, proof="The ninth identical request in a week.", fee="400 kr", by=staff("caseworker"))
    assert "The fee is 400 kr." in said(letter(case))
    take_abuse_back(case, by=staff("caseworker"))
    assert "400 kr" not in said(letter(case))


@pytest.mark.parametrize("right", ["marketing-objection", "consent-withdrawal"])
def test_what_can_never_be_refused_can_never_be_abusive(ask: Ask, staff: Staff, right: str) -> None:
    case = work(ask(right))
    with pytest.raises(Refusal, match="no-refusal"):
        find_abusive(case, proof="x", by=staff("caseworker"))

"""Every right at every operator, through the stages to a closed case: a letter with all that the law requires in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cases.assessment.reviews import automated_purposes, review
from cases.casework.workflow import Refusal
from cases.execution.amendments import corrections
from cases.models import Case, Operator
from cases.models.case import Right
from cases.sources import configured, loading
from connectors.description.tomlfile import ConfigError
from exports.answer.snapshot import facts_of
from exports.letter.matrix import required
from tests.operators.by_hand import vouched
from tests.operators.line import Staff, answered, decide, finish, said, work
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db
# The letters of one operator are set as PDF, those of the others are read as they are.
OPERATORS = (
    pytest.param("tele2-se", marks=pytest.mark.pango), "telia-finance-dk", "telenor-se", "hektor-se", "telenor-dk"
)  # fmt: skip


@pytest.fixture
def scene() -> Scene:
    return TELLING


def settle(case: Case, staff: Staff) -> None:
    """What a caseworker does, by right."""
    by = staff("caseworker")
    if case.right == Right.RECTIFICATION:
        run = case.runs.get(collection="customer")
        corrections.propose(run, key=("C1",), column="street", new="Storgatan 2", by=by)
        corrections.settle(case, by=by)
    elif case.right == Right.AUTOMATED_DECISION and automated_purposes(case):
        purpose = automated_purposes(case)[0].code
        review(case, purpose=purpose, result="changed", reasons="The income was read wrongly.", by=by)
    else:
        decide(case, by)


@pytest.mark.parametrize("slug", OPERATORS)
@pytest.mark.parametrize("right", Right.values)
def test_every_right_reaches_its_letter(
    ask: Callable[..., Case], staff: Staff, slug: str, right: str
) -> None:
    case = work(ask(right))
    settle(case, staff)
    finish(case, staff)
    facts = facts_of(case)
    letter = answered(facts)
    assert (case.stage, case.outcome) == ("closed", facts.outcome)
    assert letter.blocks >= {str(block) for block in required(right, facts.outcome)}
    assert ("employer" in said(letter) and "forwarded" in letter.blocks) is (
        slug == "hektor-se" and right in ("access", "portability", "erasure", "rectification", "restriction")
    )


@pytest.mark.parametrize("slug", ["tele2-se", "telia-finance-dk", "telenor-dk"])
def test_an_access_letter_explains_the_credit_decision(
    ask: Callable[..., Case], staff: Staff, slug: str
) -> None:
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    text = said(answered(facts_of(case)))
    heading = "DECISIONS MADE BY A COMPUTER"
    assert heading in text
    explained = text.split(heading)[1]
    assert "You have the right to have the decision looked at by a person" in explained
    assert "How it works:" in explained


@pytest.mark.parametrize("slug", ["hektor-se"])
def test_the_employers_part_is_passed_on_by_a_person(
    ask: Callable[..., Case], staff: Staff, slug: str
) -> None:
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    finish(case, staff)
    assert [task.kind for task in case.tasks.all()] == ["forward-to-customer"]


@pytest.mark.parametrize("slug", ["hektor-se"])
def test_what_the_register_has_no_purpose_for_stops_the_answer_and_says_so(
    ask: Callable[..., Case], staff: Staff, slug: str, configured: Callable[[str], None]
) -> None:
    configured(TELLING.connectors)
    case = ask("access")
    # What the register does not speak of asks for the strongest proof.
    vouched(case.submission, staff)
    decide(work(case), staff("caseworker"))
    with pytest.raises(Refusal, match="blocked") as stopped:
        finish(case, staff)
    assert "the category credit" in stopped.value.message


def test_what_the_register_does_not_speak_of_is_not_loaded(operator: Operator, tmp_path: Path) -> None:
    connectors = tmp_path / "operators" / operator.pk / "connectors.toml"
    connectors.write_text(connectors.read_text().replace('category = "profile"', 'category = "kyc"'))
    configured.sources_of.cache_clear()
    with pytest.raises(ConfigError, match=r"connectors.toml:\d+: .*`kyc` is not in register.toml"):
        loading.load_operator(operator.pk)

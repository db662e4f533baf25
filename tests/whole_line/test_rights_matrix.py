"""Every right at every operator, through the stages to a closed case: a letter with all that the law requires in it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from cases.assessment.reviews import automated_purposes, review
from cases.casework import case_clock
from cases.casework.workflow import Refusal
from cases.execution.amendments import corrections
from cases.execution.recipients import forwarding
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
def test_the_employers_part_is_passed_on_by_a_person_if_the_person_asks(
    ask: Callable[..., Case], staff: Staff, slug: str
) -> None:
    case, by = work(ask("access", language="en")), staff("caseworker")
    decide(case, by)
    assert "We do not tell them of your request unless you want us to" in said(answered(facts_of(case)))
    forwarding.say(case, wanted=True, reason="A mail of today.", by=by)
    assert "We pass your request on to them no later than" in said(answered(facts_of(case)))
    finish(case, staff)
    assert [task.kind for task in case.tasks.all()] == ["forward-to-customer"]
    with pytest.raises(Refusal, match="passed-on-already"):
        forwarding.say(case, wanted=False, reason="Another mail.", by=by)


@pytest.mark.parametrize("slug", ["hektor-se"])
def test_nothing_reaches_the_employer_unasked(
    ask: Callable[..., Case], staff: Staff, signed_in: Callable[..., Client], slug: str
) -> None:
    case, by, desk = work(ask("access")), staff("caseworker"), signed_in("caseworker")
    decide(case, by)
    with pytest.raises(Refusal, match="said-already"):
        forwarding.say(case, wanted=False, reason="x", by=by)
    finish(case, staff)
    assert not case.tasks.exists()
    # The letter says that they can ask for it; what they say then is done at once, and taken back as long as it is not.
    page = reverse("desk:pass-on", args=[case.reference])
    assert page in desk.get(case.get_absolute_url()).content.decode()
    today = case_clock.today(case).isoformat()
    assert desk.post(page, {"reason": "", "on": today}).status_code == 422
    for wanted, tasks in (("yes", ["forward-to-customer"]), ("no", [])):
        said = {"reason": "A mail.", "on": today, "wanted": wanted}
        assert desk.post(page, said).status_code == 302
        # From another tab once more: what was said stays said, and is not turned round.
        assert desk.post(page, said).status_code == 200
        assert [task.kind for task in case.tasks.all()] == tasks
    case.right = "objection"
    with pytest.raises(Refusal, match="no-customer"):
        raise forwarding.keeps_from_saying(case) or AssertionError


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

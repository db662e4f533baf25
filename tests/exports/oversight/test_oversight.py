"""What the data protection officer sees across cases: codes, days and reasons, and nothing of whom they are about."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases.assessment import deciding, reviews
from cases.casework import case_clock
from cases.casework.course import disputes
from cases.models import AuditEntry, Case, Operator, User
from cases.models.case import Stage
from cases.sources.loading import load_operator
from exports.models import Breach
from tests.operators.placed import EMAIL, answered, gathered, hand_in, move, proven

pytestmark = pytest.mark.django_db
CHANGED, LONGER, COMPLAINS, HAPPENED = (
    "The notes were about others.",
    "Twelve systems to look through.",
    "Says that it took too long.",
    "It went to an old address.",
)
OF_THE_PERSON = (EMAIL, "Astrid", "Berg", "Även samtal", "070-174", "Secret word")


@pytest.fixture
def operator(db: None) -> Operator:
    return load_operator("tele2-se")[0]


@pytest.fixture
def case(operator: Operator, staff: Callable[..., User]) -> Case:
    """One of which everything has to be told."""
    lawyer = staff("legal", name="lawyer")
    case = gathered(proven(hand_in(operator)))
    answer = answered(case, lawyer)
    move(case, Stage.DECISIONS)
    case_clock.extend(case, ground="complexity", reason=LONGER, by=lawyer)
    first = case.decisions.filter(subject="correspondence").get()
    deciding.override(first, outcome="withhold", reason=CHANGED, by=lawyer)
    today = timezone.localdate()
    disputes.note(
        case, kind="complaint", number="DI-2026-1", came_on=today, answer_by=today, about=COMPLAINS, by=lawyer
    )
    now = timezone.now()
    Breach.objects.create(
        answer=answer, aware_at=now, authority_by=now + timedelta(hours=72), happened=HAPPENED, risk="high",
        fetched=1, recorded_by=lawyer,
    )  # fmt: skip
    return move(case, Stage.CLOSED, outcome="partly", closed_at=now)


def test_across_cases_and_of_one_codes_and_days_and_reasons_once_they_are_asked_for(
    case: Case, signed_in: Callable[..., Client]
) -> None:
    dpo = signed_in("dpo")
    overview = dpo.get("/desk/oversight/").content.decode()
    # A breach, a complaint, a refusal and a changed decision.
    assert overview.count(f">{case.reference}</a>") == 4
    page = f"/desk/oversight/{case.reference}/"
    shut = dpo.get(page).content.decode()
    assert "The request is complex" in shut
    # By its number the authority finds the person.
    reasons = (CHANGED, LONGER, COMPLAINS, HAPPENED, "DI-2026-1")
    for reason in reasons:
        assert reason not in overview + shut
    assert not AuditEntry.objects.filter(action="reasons.read").exists()
    opened = dpo.post(page).content.decode()
    for reason in reasons:
        assert reason in opened
    assert AuditEntry.objects.get(action="reasons.read").case == case.reference
    for word in OF_THE_PERSON:
        assert word not in overview + shut + opened


def test_of_the_case_itself_there_is_nothing(case: Case, signed_in: Callable[..., Client]) -> None:
    dpo = signed_in("dpo")
    assert dpo.get("/desk/").headers["Location"] == "/desk/figures/"
    run = case.runs.first()
    assert run is not None
    for part in ("", f"runs/{run.pk}/", "answer/1/", "record/", "progress/"):
        assert dpo.get(f"/desk/cases/{case.reference}/{part}").status_code in {403, 404, 405}, part
    assert case.reference not in dpo.get("/desk/tasks/").content.decode()
    assert dpo.get("/desk/audit/").status_code == 403


def test_a_case_for_named_staff_is_none_of_theirs(case: Case, signed_in: Callable[..., Client]) -> None:
    dpo = signed_in("dpo")
    Case.objects.filter(pk=case.pk).update(named_only=True)
    assert case.reference not in dpo.get("/desk/oversight/").content.decode()
    assert dpo.get(f"/desk/oversight/{case.reference}/").status_code == 404
    assert dpo.post(f"/desk/oversight/{case.reference}/").status_code == 404


def test_every_ground_of_a_refusal_has_its_reason(
    operator: Operator, staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    case = gathered(proven(hand_in(operator)))
    reviews.find_abusive(case, proof="The same every day for a year.", by=staff("caseworker"))
    page = signed_in("dpo").post(f"/desk/oversight/{case.reference}/").content.decode()
    assert "The same every day for a year." in page

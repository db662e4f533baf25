"""Where the reason to look names a lawyer, nobody else accepts a decision or decides otherwise."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from cases.assessment.assessing import propose
from cases.assessment.deciding import confirm, confirm_all, override
from cases.casework.workflow import Refusal
from cases.law.reasons import SENTENCES, reason, stored
from cases.law.verdicts import Confirms, who_confirms
from cases.models import Case, Decision, Finding, User

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]


def marked(case: Case, review: str) -> Decision:
    decision = case.decisions.exclude(outcome="review").first()
    assert decision is not None
    decision.review = stored(reason(review))
    decision.save()
    return decision


@pytest.mark.parametrize(
    ("review", "refused", "lawyers"),
    [
        ("review.logging", "cleared-confirms", ("cleared",)),
        ("review.delay", "lawyer-confirms", ("legal", "cleared")),
    ],
)
def test_only_the_lawyer_who_is_named_accepts(
    review: str, refused: str, lawyers: tuple[str, ...], review_case: Case, staff: Staff
) -> None:
    decision, worker = marked(review_case, review), staff("caseworker")
    confirm_all(review_case, by=worker)
    assert list(review_case.decisions.filter(status="proposed", outcome=decision.outcome)) == [decision]
    with pytest.raises(Refusal, match=refused):
        confirm(decision, by=worker)
    with pytest.raises(Refusal, match=refused):
        override(decision, outcome="give", reason="She asked for it.", by=worker)
    with pytest.raises(PermissionDenied):
        confirm(decision, by=staff("approver"))
    for lawyer in lawyers:
        decision.status, decision.decided_by = "proposed", None
        decision.save()
        confirm(decision, by=staff(lawyer))
        decision.refresh_from_db()
        assert decision.status == "confirmed"


def test_a_legal_officer_without_clearance_is_no_lawyer_with_it(review_case: Case, staff: Staff) -> None:
    with pytest.raises(Refusal, match="cleared-confirms"):
        confirm(marked(review_case, "review.logging"), by=staff("legal"))


def test_the_page_offers_it_to_the_lawyer_and_tells_others_why_not(
    review_case: Case, staff: Staff, signed_in: Callable[..., Client]
) -> None:
    decision = marked(review_case, "review.logging")
    accept = reverse("desk:accept", args=[review_case.reference, decision.pk])
    change = reverse("desk:change", args=[review_case.reference, decision.pk])
    worker = signed_in("caseworker")
    confirm_all(review_case, by=staff("caseworker"))
    page = worker.get(review_case.get_absolute_url()).content.decode()
    assert "Only a lawyer with clearance" in page
    assert accept not in page
    assert change not in page
    for trying in (worker.post(accept, follow=True), worker.get(change, follow=True)):
        assert "Only a lawyer with clearance" in trying.content.decode()
    lawyer = signed_in("cleared")
    assert accept in lawyer.get(review_case.get_absolute_url()).content.decode()
    assert lawyer.get(change).status_code == 200
    assert "Accepted." in lawyer.post(accept, follow=True).content.decode()


def test_every_reason_that_names_a_lawyer_is_one_of_them() -> None:
    for code, sentence in SENTENCES.items():
        if code.startswith("review."):
            assert (who_confirms(code) is not Confirms.CASEWORKER) == ("lawyer" in sentence.en), code
            assert (who_confirms(code) is Confirms.CLEARED) == ("clearance" in sentence.en), code


def test_what_is_for_a_lawyer_is_not_hidden_by_another_reason_to_look() -> None:
    seen = [
        Finding(verdict="give", rows=1, review=stored(reason(code)))
        for code in ("review.balance", "review.logging", "review.undated")
    ]
    assert propose("retained", seen).review["code"] == "review.logging"

"""What some rights need besides decisions: corrections, a second look, an unfounded request, an end of
a restriction."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Abuse, AuditEntry, Case, Decision, Operator, Restriction, Review
from cases.models.case import Outcome, Stage
from tests.operators.placed import ERASURE, Gathered, gathered, hand_in, move, proven

pytestmark = pytest.mark.django_db
NOTES = (Gathered("crm", "service-note", "correspondence", (("review", "", None, 3),), key="note_id"),)


def post(client: Client, case: Case, name: str, *args: object, **typed: object) -> str:
    url = reverse(name, args=[case.reference, *args])
    return client.post(url, typed, follow=True).content.decode()


@pytest.fixture
def correction_case(operator: Operator) -> Case:
    return gathered(proven(hand_in(operator, "rectification")), NOTES)


def correct(case: Case, number: int = 0) -> str:
    return reverse("desk:correct", args=[case.reference, case.runs.get().pk, number])


def test_a_value_is_chosen_among_the_gathered_rows(
    correction_case: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("caseworker")
    rows = reverse("desk:rows", args=[correction_case.reference, correction_case.runs.get().pk])
    assert rows in client.get(correction_case.get_absolute_url()).content.decode()
    assert correct(correction_case, 2) in client.get(rows).content.decode()
    assert "Secret word 2" in client.get(correct(correction_case, 2)).content.decode()
    typed = {"column": "note", "new": "Astrid Bergström", "outcome": "granted"}
    page = client.post(correct(correction_case, 2), typed, follow=True).content.decode()
    assert "Nothing is changed at the source before" in page
    assert "Bergström" not in page, "values are masked on the case page"
    assert correction_case.corrections.get().column == "note"


def test_looking_at_the_row_is_on_the_record(correction_case: Case, signed_in: Callable[..., Client]) -> None:
    signed_in("caseworker").get(correct(correction_case))
    assert AuditEntry.objects.filter(action="rows.read", case=correction_case.reference).exists()


def test_the_key_of_a_row_is_not_offered(correction_case: Case, signed_in: Callable[..., Client]) -> None:
    page = signed_in("caseworker").get(correct(correction_case)).content.decode()
    assert 'value="note"' in page
    assert 'value="note_id"' not in page


def test_a_value_that_stays_needs_its_reason(correction_case: Case, signed_in: Callable[..., Client]) -> None:
    typed = {"column": "note", "new": "Astrid", "outcome": "refused"}
    response = signed_in("caseworker").post(correct(correction_case), typed)
    assert response.status_code == 422
    assert "Write down why it stays" in response.content.decode()
    assert not correction_case.corrections.exists()


def test_the_corrections_decide_the_categories(
    correction_case: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("caseworker")
    client.post(correct(correction_case), {"column": "note", "new": "Astrid", "outcome": "granted"})
    post(client, correction_case, "desk:corrections-settle")
    assert correction_case.decisions.get().outcome == "granted"
    pk = correction_case.corrections.get().pk
    assert "Taken back" in post(client, correction_case, "desk:correction-remove", pk)
    assert not correction_case.corrections.exists()


@pytest.mark.parametrize("role", ["approver", "auditor"])
def test_only_caseworkers_correct(role: str, correction_case: Case, signed_in: Callable[..., Client]) -> None:
    client = signed_in(role)
    assert client.get(correct(correction_case)).status_code == 403
    assert correct(correction_case) not in client.get(correction_case.get_absolute_url()).content.decode()


def test_a_row_that_is_not_there_is_not_found(
    correction_case: Case, signed_in: Callable[..., Client]
) -> None:
    assert signed_in("caseworker").get(correct(correction_case, 99)).status_code == 404


def test_nothing_is_corrected_in_a_case_of_another_right(
    review_case: Case, signed_in: Callable[..., Client]
) -> None:
    run = review_case.runs.get(category="contact")
    url = reverse("desk:correct", args=[review_case.reference, run.pk, 0])
    assert signed_in("caseworker").get(url).status_code == 403


@pytest.fixture
def automated_case(operator: Operator) -> Case:
    case = hand_in(operator, "automated-decision")
    return gathered(proven(case), (Gathered("crm", "credit-check", "credit", (("review", "", None, 1),)),))


def test_a_second_look_is_recorded_with_its_reasons(
    automated_case: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("caseworker")
    page = client.get(automated_case.get_absolute_url()).content.decode()
    assert "A person has to look at the decision again" in page
    purpose = page.split('name="purpose">', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    typed = {"purpose": purpose, "result": "changed", "reason": "The income was read wrongly."}
    assert "The income was read wrongly." in post(client, automated_case, "desk:review", **typed)
    assert Review.objects.get().result == "changed"
    assert automated_case.decisions.get().outcome == "granted"


def test_a_second_look_needs_reasons(automated_case: Case, signed_in: Callable[..., Client]) -> None:
    typed = {"purpose": "T2-P01", "result": "upheld", "reason": " "}
    assert "Write down the reason" in post(signed_in("caseworker"), automated_case, "desk:review", **typed)
    assert not Review.objects.exists()


def test_an_unfounded_request_is_shown_as_such_and_can_be_answered_after_all(
    review_case: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("caseworker")
    page = post(client, review_case, "desk:abuse", reason="The ninth request this week.", fee="")
    assert "the request is refused" in page
    assert "The ninth request this week." in page
    assert "after all" in post(client, review_case, "desk:abuse-back")
    assert not Abuse.objects.exists()


def test_without_something_that_shows_it_no_request_is_unfounded(
    review_case: Case, signed_in: Callable[..., Client]
) -> None:
    assert "Write down the reason" in post(signed_in("caseworker"), review_case, "desk:abuse", reason="")
    assert not Abuse.objects.exists()


@pytest.mark.parametrize("right", ["marketing-objection", "consent-withdrawal"])
def test_what_can_never_be_refused_is_never_offered_to_be(
    right: str, operator: Operator, signed_in: Callable[..., Client]
) -> None:
    case = move(proven(hand_in(operator, right)), Stage.DECISIONS)
    Decision.objects.create(case=case, subject="T2-P05", proposed="stop", outcome="stop")
    client = signed_in("caseworker", "legal")
    page = client.get(case.get_absolute_url()).content.decode()
    change = reverse("desk:change", args=[case.reference, case.decisions.get().pk])
    assert reverse("desk:abuse", args=[case.reference]) not in page
    assert reverse("exports:extend", args=[case.reference]) not in page
    assert change not in page
    assert "fixed by law" in page
    assert "leaves no room for a refusal" in client.get(change, follow=True).content.decode()
    assert "leaves no room for a refusal" in post(client, case, "desk:abuse", reason="Too many")


def test_a_statutory_hold_is_changed_by_a_legal_officer_alone(
    operator: Operator, signed_in: Callable[..., Client]
) -> None:
    case = gathered(proven(hand_in(operator, "erasure")), ERASURE)
    change = reverse("desk:change", args=[case.reference, case.decisions.get(subject="invoices").pk])
    assert change not in signed_in("caseworker").get(case.get_absolute_url()).content.decode()
    assert change in signed_in("legal").get(case.get_absolute_url()).content.decode()


@pytest.fixture
def restricted(operator: Operator) -> Case:
    case = proven(hand_in(operator, "restriction"))
    Restriction.objects.create(case=case, source="crm", collection="customer", name="x", rows=4)
    return move(case, Stage.CLOSED, outcome=Outcome.GRANTED, closed_at=timezone.now())


def test_a_restriction_ends_on_a_day_the_person_has_been_told(
    restricted: Case, signed_in: Callable[..., Client]
) -> None:
    on = timezone.localdate() + timedelta(days=14)
    page = post(signed_in("caseworker"), restricted, "exports:lift", on=on, reason="It is settled.")
    assert "the person has been told" in page
    assert Restriction.objects.get().lifts_on == on
    assert "Tell the person and end it" not in page


@pytest.mark.parametrize("on", ["", "2026-02-30", "2020-01-01"])
def test_a_restriction_does_not_end_without_a_day_to_come(
    on: str, restricted: Case, signed_in: Callable[..., Client]
) -> None:
    assert "Choose a day that is still to come" in post(
        signed_in("caseworker"), restricted, "exports:lift", on=on, reason="Settled."
    )
    assert Restriction.objects.get().lifts_on is None


@pytest.mark.parametrize(
    "name", ["desk:review", "desk:abuse", "desk:abuse-back", "desk:corrections-settle", "exports:lift"]
)
def test_the_approver_presses_none_of_these(
    name: str, review_case: Case, signed_in: Callable[..., Client]
) -> None:
    url = reverse(name, args=[review_case.reference])
    assert signed_in("approver").post(url, {"reason": "x"}).status_code == 403

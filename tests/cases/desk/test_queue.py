"""The queue: whose cases, in which order, found how."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.casework import case_clock
from cases.models import Case, Operator, User
from cases.models.case import Stage
from tests.operators.placed import EMAIL, hand_in, move

pytestmark = pytest.mark.django_db
QUEUE = "/desk/"


def listed(client: Client, query: str = "") -> list[str]:
    return [case.reference for case in client.get(QUEUE + query).context["page"]]


def test_nobody_sees_the_queue_without_signing_in(client: Client) -> None:
    response = client.get(QUEUE)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_cases_of_other_operators_are_not_there(
    signed_in: Callable[..., Client], operator: Operator, other_operator: Operator
) -> None:
    ours, theirs = hand_in(operator), hand_in(other_operator, phone="20 12 34 56")
    client = signed_in("caseworker")
    assert listed(client) == [ours.reference]
    assert client.get(theirs.get_absolute_url()).status_code == 404


def test_a_member_of_two_operators_sees_both_and_can_choose_one(
    signed_in: Callable[..., Client],
    staff: Callable[..., User],
    operator: Operator,
    other_operator: Operator,
) -> None:
    ours, theirs = hand_in(operator), hand_in(other_operator, phone="20 12 34 56")
    staff("caseworker", at=other_operator)
    client = signed_in("caseworker")
    assert set(listed(client)) == {ours.reference, theirs.reference}
    assert listed(client, "?operator=telenor-dk") == [theirs.reference]


def test_the_most_urgent_case_stands_first(signed_in: Callable[..., Client], operator: Operator) -> None:
    later, sooner = hand_in(operator), hand_in(operator)
    today = timezone.localdate()
    move(later, Stage.DECISIONS, due_on=today + timedelta(days=9))
    move(sooner, Stage.DECISIONS, due_on=today + timedelta(days=2))
    assert listed(signed_in("caseworker")) == [sooner.reference, later.reference]


@pytest.mark.parametrize("paused", [False, True])
def test_what_has_to_stop_at_once_stands_where_its_own_day_puts_it(
    signed_in: Callable[..., Client], operator: Operator, paused: bool
) -> None:
    today = timezone.localdate()
    stops, answered = hand_in(operator, "marketing-objection"), hand_in(operator)
    if paused:
        case_clock.pause(stops, asks_who=True)
    move(stops, Stage.MATCHING, due_on=today + timedelta(days=30), act_by=today - timedelta(days=1))
    move(answered, Stage.DECISIONS, due_on=today + timedelta(days=9))
    client = signed_in("caseworker")
    assert listed(client) == [stops.reference, answered.reference]
    assert "1 day late" in client.get(QUEUE).content.decode()
    assert listed(client, "?view=overdue") == [stops.reference]
    assert "(1 day late)" in client.get(stops.get_absolute_url()).content.decode()
    # Once it is stopped at the sources, the answer has its own day.
    move(stops, Stage.MATCHING, interim_at=timezone.now())
    assert listed(client) == [answered.reference, stops.reference]
    assert listed(client, "?view=overdue") == []
    assert "(1 day late)" not in client.get(stops.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("view", "fields"),
    [
        ("mine", {"stage": "decisions", "assign": True}),
        ("unassigned", {"stage": "decisions"}),
        ("due", {"stage": "decisions", "days": 7}),
        ("overdue", {"stage": "decisions", "days": -1, "received": 40}),
        ("person", {"stage": "verification"}),
        ("source", {"stage": "collection"}),
        ("approval", {"stage": "approval"}),
    ],
)
def test_each_view_of_the_rail_shows_what_it_counts(
    view: str,
    fields: dict[str, object],
    signed_in: Callable[..., Client],
    staff: Callable[..., User],
    operator: Operator,
) -> None:
    case, today = hand_in(operator), timezone.localdate()
    changes: dict[str, object] = {"due_on": today + timedelta(days=int(fields.get("days", 20)))}
    if "received" in fields:
        changes["received_on"] = today - timedelta(days=40)
    if fields.get("assign"):
        changes["assigned_to"] = staff("caseworker")
    move(case, str(fields["stage"]), **changes)
    page = signed_in("caseworker").get(f"{QUEUE}?view={view}")
    assert [found.reference for found in page.context["page"]] == [case.reference]
    assert {item.key: item.count for item in page.context["rail"]}[view] == 1


def test_the_selects_narrow_the_list(signed_in: Callable[..., Client], operator: Operator) -> None:
    erasure, access = hand_in(operator, "erasure"), hand_in(operator, "access")
    move(access, Stage.APPROVAL)
    client = signed_in("caseworker")
    assert listed(client, "?right=erasure") == [erasure.reference]
    assert listed(client, "?stage=approval") == [access.reference]


def test_closed_cases_are_chosen_from_any_view(signed_in: Callable[..., Client], operator: Operator) -> None:
    case = hand_in(operator)
    move(case, Stage.CLOSED, outcome="granted", closed_at=timezone.now())
    client = signed_in("caseworker")
    answer = client.get(f"{QUEUE}?view=open&stage=closed&right=access", follow=True)
    assert [one.reference for one in answer.context["page"]] == [case.reference]
    assert answer.context["view"] == "all"
    led = client.get(f"{QUEUE}?view=mine&stage=closed", headers={"HX-Request": "true"})["HX-Redirect"]
    assert "view=all" in led
    assert "assigned_to=" in led


def test_a_select_with_nonsense_is_no_error(signed_in: Callable[..., Client], operator: Operator) -> None:
    hand_in(operator)
    assert (
        signed_in("caseworker").get(f"{QUEUE}?right=<script>&stage=x&assigned_to=9999&page=abc").status_code
        == 200
    )


def test_htmx_gets_the_list_alone(signed_in: Callable[..., Client], review_case: Case) -> None:
    part = signed_in("caseworker").get(QUEUE, headers={"HX-Request": "true"}).content.decode()
    assert review_case.reference in part
    assert "<html" not in part


@pytest.mark.parametrize("typed", [EMAIL, EMAIL.upper(), "0701740605", "+46 70 174 06 05"])
def test_a_person_is_found_by_an_exact_identifier(
    typed: str, signed_in: Callable[..., Client], review_case: Case
) -> None:
    response = signed_in("caseworker").post(reverse("desk:find"), {"q": typed})
    assert response["Location"] == review_case.get_absolute_url()


def test_a_reference_is_found_however_it_is_typed(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    typed = review_case.reference.replace("-", " ").lower()
    response = signed_in("caseworker").post(reverse("desk:find"), {"q": typed})
    assert response["Location"] == review_case.get_absolute_url()


def test_what_was_searched_for_is_in_no_address(signed_in: Callable[..., Client], operator: Operator) -> None:
    cases = {hand_in(operator).reference, hand_in(operator, "erasure").reference}
    client = signed_in("caseworker")
    response = client.post(reverse("desk:find"), {"q": EMAIL})
    assert response["Location"] == "/desk/?view=found"
    assert set(listed(client, "?view=found")) == cases


@pytest.mark.parametrize("typed", ["astri", "berg@example", "%", "' OR 1=1 --", ""])
def test_half_a_value_finds_nobody(typed: str, signed_in: Callable[..., Client], review_case: Case) -> None:
    response = signed_in("caseworker").post(reverse("desk:find"), {"q": typed}, follow=True)
    assert "Only whole, exact values and whole words of a name are found" in response.content.decode()


def test_an_identifier_of_another_operators_case_finds_nothing(
    signed_in: Callable[..., Client], operator: Operator, other_operator: Operator
) -> None:
    hand_in(other_operator, phone="20 12 34 56")
    response = signed_in("caseworker").post(reverse("desk:find"), {"q": EMAIL})
    assert response["Location"] == QUEUE


def test_an_administrator_begins_at_the_members(signed_in: Callable[..., Client]) -> None:
    assert signed_in("admin").get(QUEUE)["Location"] == "/desk/members/"

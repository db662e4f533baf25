"""Role by role: which page opens, which button works. A page of another operator is never there."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Case, Operator, Order, Task, User
from tests.operators.placed import answered, gathered, hand_in, proven
from tests.operators.sealed import registered

pytestmark = pytest.mark.django_db
ROLES = ("caseworker", "approver", "legal", "cleared", "auditor", "dpo", "admin", "system")

OPENS = {
    "/desk/tasks/": {*ROLES},
    "/desk/orders/": {"legal", "cleared"},
    "/desk/registers/tele2-se/": {"caseworker", "approver", "legal", "auditor", "admin"},
    "/desk/sources/": {"caseworker", "approver", "legal", "auditor", "admin"},
    "/desk/sources/tele2-se/crm/": {"caseworker", "approver", "legal", "auditor", "admin"},
    "/desk/calendar/": {"legal", "cleared"},
    "/desk/figures/": {"legal", "dpo"},
    "/desk/oversight/": {"dpo"},
    "/desk/audit/": {"auditor"},
    "/desk/members/tele2-se/": {"admin"},
    "/desk/roles/": {"approver", "legal", "cleared", "admin"},
    "/desk/standard-words/tele2-se/": {"legal"},
    "/desk/orders/tele2-se/new/": {"legal", "cleared"},
}
CASE = {"caseworker", "approver", "legal", "cleared", "auditor"}
WORK = {"caseworker", "legal"}
ACTIONS = {
    "desk:assign": WORK,
    "desk:prove": WORK,
    "desk:prove-confirm": WORK,
    "desk:prove-back": WORK,
    "desk:evidence": WORK,
    "desk:address": WORK,
    "exports:ask-identity": WORK,
    "desk:accept-all": WORK,
    "exports:extend": WORK,
    "desk:message-read": WORK,
    "desk:note": WORK,
    "exports:prepare": WORK,
    "exports:masks-looked-at": WORK,
    "exports:send-to": WORK,
    "exports:send-again": WORK,
    "exports:send-no-longer": WORK,
}

# What cannot be undone has a page of its own, and not a button.
FINAL = ("desk:withdraw", "exports:unidentified")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("url", OPENS)
def test_pages_open_for_their_roles(url: str, role: str, signed_in: Callable[..., Client]) -> None:
    expected = {200} if role in OPENS[url] else {403, 404}
    assert signed_in(role).get(url).status_code in expected


@pytest.mark.parametrize("role", ROLES)
def test_the_case_page_opens_for_who_sees_cases(
    role: str, signed_in: Callable[..., Client], review_case: Case
) -> None:
    assert signed_in(role).get(review_case.get_absolute_url()).status_code == (200 if role in CASE else 404)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
def test_buttons_work_for_their_roles(
    action: str, role: str, signed_in: Callable[..., Client], review_case: Case
) -> None:
    data = {"level": "substantial", "reason": "because", "to": "me"}
    response = signed_in(role).post(reverse(action, args=[review_case.reference]), data)
    assert response.status_code == (302 if role in ACTIONS[action] else 403 if role in CASE else 404)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", FINAL)
def test_pages_that_weigh_an_end_open_for_who_works_cases(
    page: str, role: str, signed_in: Callable[..., Client], review_case: Case
) -> None:
    client, url = signed_in(role), reverse(page, args=[review_case.reference])
    seen = {200, 422} if role in WORK else {403} if role in CASE else {404}
    assert client.get(url).status_code in seen
    assert client.post(url).status_code in seen
    review_case.refresh_from_db()
    assert not review_case.is_closed


@pytest.mark.parametrize("action", [*ACTIONS, *FINAL])
def test_no_button_reaches_another_operators_case(
    action: str, signed_in: Callable[..., Client], review_case: Case, other_operator: Operator
) -> None:
    client = signed_in("caseworker", "legal", "approver", at=other_operator)
    assert client.post(reverse(action, args=[review_case.reference])).status_code == 404


@pytest.mark.parametrize("action", ACTIONS)
def test_buttons_are_never_links(action: str, signed_in: Callable[..., Client], review_case: Case) -> None:
    assert signed_in("caseworker").get(reverse(action, args=[review_case.reference])).status_code == 405


def test_the_one_who_prepared_may_not_approve(
    signed_in: Callable[..., Client], staff: Callable[..., User], operator: Operator
) -> None:
    case = gathered(proven(hand_in(operator)))
    answer = answered(case, staff("caseworker", "approver"))
    url = reverse("exports:approve", args=[case.reference, answer.version])
    client = signed_in("caseworker", "approver")
    assert (
        "Another person has to approve it"
        in client.post(url, {"sha256": answer.sha256}, follow=True).content.decode()
    )
    assert "Approve and send" not in client.get(case.get_absolute_url()).content.decode()


def test_another_approver_approves_the_hash_on_the_page(
    signed_in: Callable[..., Client], staff: Callable[..., User], operator: Operator
) -> None:
    case = gathered(proven(hand_in(operator)))
    answer = answered(case, staff("caseworker"))
    url = reverse("exports:approve", args=[case.reference, answer.version])
    client = signed_in("approver")
    assert "has changed since" in client.post(url, {"sha256": "0" * 64}, follow=True).content.decode()
    for part in ("exports:answer", "exports:preview"):
        assert client.get(reverse(part, args=[case.reference, answer.version])).status_code == 200
    assert "Approved." in client.post(url, {"sha256": answer.sha256}, follow=True).content.decode()


def test_sending_back_needs_words(
    signed_in: Callable[..., Client], staff: Callable[..., User], operator: Operator
) -> None:
    case = gathered(proven(hand_in(operator)))
    answer = answered(case, staff("caseworker"))
    url = reverse("exports:send-back", args=[case.reference, answer.version])
    client = signed_in("approver")
    assert "Write down the reason" in client.post(url, {"reason": ""}, follow=True).content.decode()
    assert (
        "The invoices lack May"
        in client.post(url, {"reason": "The invoices lack May"}, follow=True).content.decode()
    )


@pytest.fixture
def secret_order(operator: Operator, staff: Callable[..., User]) -> Order:
    return registered(
        operator, rule="SE-LEK-ORDER", court="Solna tingsrätt", court_case="B 77-26",
        identifier_kind="msisdn", identifier_digest="0" * 64, registered_by=staff("cleared"),
    )  # fmt: skip


def test_a_secret_order_exists_for_the_cleared_alone(
    signed_in: Callable[..., Client], secret_order: Order
) -> None:
    assert "B 77-26" in signed_in("cleared").get("/desk/orders/").content.decode()
    legal = signed_in("legal")
    assert "B 77-26" not in legal.get("/desk/orders/").content.decode()
    assert legal.post(reverse("desk:order-end", args=[secret_order.pk])).status_code == 404


def test_only_the_cleared_are_offered_secret_kinds_of_order(
    signed_in: Callable[..., Client], operator: Operator
) -> None:
    url = "/desk/orders/tele2-se/new/"
    assert "SE-LEK-ORDER" in signed_in("cleared").get(url).content.decode()
    legal = signed_in("legal")
    assert "SE-LEK-ORDER" not in legal.get(url).content.decode()
    typed = {
        "rule": "SE-LEK-ORDER",
        "court": "X",
        "kind": "msisdn",
        "value": "070-174 06 05",
        "decided_on": "2026-11-01",
    }
    assert legal.post(url, typed).status_code == 422
    assert not Order.objects.exists()


def test_an_order_is_found_by_hash_and_kept_without_the_value(
    signed_in: Callable[..., Client], operator: Operator
) -> None:
    typed = {
        "rule": "SE-IPRED-NOTICE", "court": "Patent- och marknadsdomstolen", "court_case": "PMÄ 12-26",
        "kind": "msisdn", "value": "070-174 06 05", "categories": ["disclosures"], "handed_over_on": "2026-10-15",
    }  # fmt: skip
    html = signed_in("legal").post("/desk/orders/tele2-se/new/", typed, follow=True).content.decode()
    assert "PMÄ 12-26" in html
    assert "1740605" not in html
    assert Task.objects.get().kind == "ipred-notice"


def test_the_auditor_can_check_the_chain(signed_in: Callable[..., Client], review_case: Case) -> None:
    assert "The chain holds" in signed_in("auditor").post("/desk/audit/").content.decode()

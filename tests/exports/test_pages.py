"""The desk's pages that end in a letter: the notice, the end of a restriction, the annex."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case, Operator, Order, Restriction
from cases.orders.cleared import cleared_findings
from cases.orders.court_orders import register_order
from tests.operators.line import Staff, decide, finish, work
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db
TYPED = {
    "name": "Anna Test",
    "address": "Storgatan 1\n123 45 Ort",
    "rights_holder": "Filmbolaget AB",
    "language": "sv",
}


@pytest.fixture
def scene() -> Scene:
    return TELLING


@pytest.fixture
def client_of(staff: Staff) -> Callable[[str], Client]:
    """client_of("legal") is signed in in that role."""

    def sign_in(role: str) -> Client:
        client = Client()
        client.force_login(staff(role))
        return client

    return sign_in


@pytest.fixture
def ordered(operator: Operator, staff: Staff) -> Callable[[int], Order]:
    """ordered(40) is a hand-over to a rights holder that many days ago."""

    def make(days: int) -> Order:
        handed_over = timezone.localdate() - timedelta(days=days)
        about = {"kind": "customer_no", "value": "C1", "court": "PMD", "court_case": "PMT 1-26"}
        return register_order(
            operator, by=staff("legal"), rule="SE-IPRED-NOTICE", handed_over_on=handed_over, **about
        )

    return make


@pytest.mark.pango
def test_the_notice_is_typed_and_comes_back_as_a_letter(
    ordered: Callable[[int], Order], client_of: Callable[[str], Client]
) -> None:
    order, client = ordered(40), client_of("legal")
    page = f"/desk/orders/{order.pk}/notice/"
    assert page in client.get("/desk/orders/").content.decode()
    assert page in client.get("/desk/tasks/").content.decode()
    assert "Make the letter" in client.get(page).content.decode()
    assert client.post(page, {**TYPED, "name": ""}).status_code == 422
    answer = client.post(page, TYPED)
    assert (answer["Content-Type"], answer.content[:4]) == ("application/pdf", b"%PDF")
    assert "Anna" not in answer["Content-Disposition"]
    client.post(f"{page}sent/", {"on": timezone.localdate().isoformat()})
    order.refresh_from_db()
    assert order.notice_sent_on == timezone.localdate()


@pytest.mark.parametrize("days", [10, 120])
def test_outside_its_window_there_is_only_the_reason(
    ordered: Callable[[int], Order], client_of: Callable[[str], Client], days: int
) -> None:
    order, client = ordered(days), client_of("legal")
    page = f"/desk/orders/{order.pk}/notice/"
    assert page not in client.get("/desk/orders/").content.decode()
    answer = client.get(page, follow=True)
    assert "The notice may be sent from" in answer.content.decode()
    client.post(f"{page}sent/")
    order.refresh_from_db()
    assert order.notice_sent_on is None


@pytest.mark.parametrize("role", ["caseworker", "approver", "auditor"])
def test_other_roles_find_no_order(
    ordered: Callable[[int], Order], client_of: Callable[[str], Client], role: str
) -> None:
    order = ordered(40)
    assert client_of(role).get(f"/desk/orders/{order.pk}/notice/").status_code in (403, 404)


@pytest.mark.pango
def test_a_restriction_is_ended_from_the_case_page(
    ask: Callable[..., Case], staff: Staff, client_of: Callable[[str], Client]
) -> None:
    case = work(ask("restriction"))
    decide(case, staff("caseworker"))
    finish(case, staff)
    client, page = client_of("caseworker"), f"/desk/cases/{case.reference}/"
    assert f"{page}restriction/lift/" in client.get(page).content.decode()
    client.post(f"{page}restriction/lift/", {"on": "soon", "reason": "It is right."})
    assert not Restriction.objects.filter(announced_at__isnull=False).exists()
    day = timezone.localdate() + timedelta(days=7)
    client.post(f"{page}restriction/lift/", {"on": day.isoformat(), "reason": "It is right."})
    assert {one.lifts_on for one in Restriction.objects.filter(case=case)} == {day}


@pytest.mark.pango
def test_a_cleared_officer_judges_and_reads(
    ask: Callable[..., Case], client_of: Callable[[str], Client]
) -> None:
    case = work(ask("access"))
    client, page = client_of("cleared"), f"/desk/cases/{case.reference}/"
    assert "With clearance" in client.get(page).content.decode()
    client.post(f"{page}cleared/")
    assert cleared_findings(case)
    assert "nothing differs from what everybody sees" in client.get(page).content.decode()
    assert client.get(f"{page}cleared/annex/").content[:4] == b"%PDF"
    assert "With clearance" not in client_of("caseworker").get(page).content.decode()

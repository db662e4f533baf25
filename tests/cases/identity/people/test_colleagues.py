"""Conflicts of interest: a case of one's own, or of somebody close, is closed to a member, and the lead is told."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from cases.casework.workflow import Refusal
from cases.identity.people.colleagues import open_again, say_close
from cases.models import AuditEntry, Case, Partial, User
from tests.operators.by_hand import staff_mails, work

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]


@pytest.fixture
def anna(staff: Staff) -> User:
    """A caseworker who is a customer as well."""
    return with_mail(staff("caseworker", name="anna"), "Anna@Example.com")


def with_mail(user: User, address: str) -> User:
    user.email = address
    user.save()
    return user


@pytest.fixture
def lead(staff: Staff) -> User:
    return with_mail(staff("legal", name="lead"), "lead@example.org")


def pages(case: Case) -> list[str]:
    return [case.get_absolute_url(), reverse("desk:progress", args=[case.reference])]


def test_a_request_from_a_members_mailbox_is_closed_to_them_and_to_nobody_else(
    anna: User, lead: User, ask_together: Callable[..., list[Case]], signed_in: Callable[..., Client]
) -> None:
    cases = ask_together("access", "marketing-objection", proven=False)
    own, other = signed_in(name="anna"), signed_in("caseworker", name="bo")
    for case in cases:
        for page in pages(case):
            assert own.get(page).status_code == 404
            assert other.get(page).status_code == 200
        assert case.reference not in own.get("/desk/").content.decode()
        assert case.reference in other.get("/desk/").content.decode()
    assert {one.why for one in Partial.objects.all()} == {"self"}


def test_the_lead_is_told_once(
    anna: User, lead: User, ask: Callable[..., Case], signed_in: Callable[..., Client]
) -> None:
    case = work(ask("access"))
    assert [mail["to"] for mail in staff_mails("partial")] == ["lead@example.org"]
    assert case.reference not in staff_mails("partial")[0]["subject"]
    assert case.tasks.filter(kind="partial").count() == 1
    assert "closed to a member of staff" in signed_in(name="lead").get("/desk/tasks/").content.decode()
    assert case.reference not in signed_in(name="anna").get("/desk/tasks/").content.decode()


def test_an_address_that_a_source_ties_to_the_person_closes_it_too(
    ask: Callable[..., Case], staff: Staff, lead: User
) -> None:
    case = work(ask("access"))
    assert not Partial.objects.exists()
    with_mail(staff("caseworker", name="anna"), "anna@example.com")
    Case.objects.update(stage="matching")
    work(case)
    assert Partial.objects.get().user.get_username() == "anna"


def test_who_says_that_the_person_is_close_sees_the_case_no_more(
    review_case: Case, staff: Staff, lead: User, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("caseworker")
    Case.objects.update(assigned_to=staff("caseworker"))
    said = client.post(reverse("desk:say-close", args=[review_case.reference]), follow=True)
    assert said.redirect_chain[-1][0] == "/desk/"
    assert "The case is closed to you" in said.content.decode()
    assert client.get(review_case.get_absolute_url()).status_code == 404
    review_case.refresh_from_db()
    assert review_case.assigned_to is None
    assert AuditEntry.objects.get(action="case.closed-to").actor == "caseworker"


def test_somebody_else_opens_it_again_with_a_reason(review_case: Case, staff: Staff, lead: User) -> None:
    worker = staff("caseworker")
    say_close(review_case, by=worker)
    for by, reason, code in ((worker, "Mine.", "own-case"), (lead, " ", "reason-needed")):
        with pytest.raises(Refusal, match=code):
            open_again(review_case, user=worker, reason=reason, by=by)
    open_again(review_case, user=worker, reason="Another of the same name.", by=lead)
    assert not Partial.objects.exists()


def test_where_nobody_else_works_cases_the_administrator_is_told(
    anna: User, staff: Staff, ask: Callable[..., Case]
) -> None:
    with_mail(staff("admin"), "admin@example.org")
    ask("access", proven=False)
    assert [mail["to"] for mail in staff_mails("partial")] == ["admin@example.org"]


def test_whoever_it_is_closed_to_is_not_named_for_it(
    review_case: Case, anna: User, lead: User, signed_in: Callable[..., Client]
) -> None:
    say_close(review_case, by=anna)
    desk = signed_in(name="lead")
    desk.post(reverse("desk:named-only", args=[review_case.reference]))
    pressed = reverse("desk:name-staff", args=[review_case.reference])
    assert "has no role" in desk.post(pressed, {"user": anna.pk}, follow=True).content.decode()
    assert signed_in(name="anna").get(review_case.get_absolute_url()).status_code == 404

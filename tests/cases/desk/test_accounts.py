"""A password somebody else has seen opens nothing but the page on which it is changed."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from cases.models import Case, Membership, Operator, User

pytestmark = pytest.mark.django_db
OWN = "min egen hemliga mening"


@pytest.fixture
def maja(signed_in: Callable[..., Client], operator: Operator) -> tuple[Client, str]:
    """A new caseworker who signed in with the password the administrator read out to her, and that password."""
    page = signed_in("admin").post(
        "/desk/members/tele2-se/", {"username": "maja", "role": "caseworker"}, follow=True
    )
    password = first_password(page.content.decode())
    client = Client()
    client.post(reverse("account_login"), {"login": "maja", "password": password})
    return client, password


def first_password(html: str) -> str:
    return html.split("with the password ", 1)[1].split(",", 1)[0]


def change(client: Client, old: str, new: str) -> str:
    typed = {"oldpassword": old, "password1": new, "password2": new}
    return client.post(reverse("account_change_password"), typed, follow=True).content.decode()


@pytest.mark.parametrize("url", ["/desk/", "/desk/tasks/", "case"])
def test_a_first_password_opens_no_page_of_the_desk(
    url: str, maja: tuple[Client, str], review_case: Case
) -> None:
    path = review_case.get_absolute_url() if url == "case" else url
    response = maja[0].get(path)
    assert response.status_code == 302
    assert response["Location"] == reverse("account_change_password")


def test_a_first_password_presses_no_button(maja: tuple[Client, str], review_case: Case) -> None:
    maja[0].post(reverse("desk:assign", args=[review_case.reference]), {"to": "me"})
    review_case.refresh_from_db()
    assert review_case.assigned_to is None


def test_with_a_password_of_her_own_the_desk_opens(maja: tuple[Client, str]) -> None:
    client, first = maja
    assert "Your password is changed." in change(client, first, OWN)
    assert client.get("/desk/").status_code == 200


def test_the_first_password_cannot_be_kept(maja: tuple[Client, str]) -> None:
    client, first = maja
    assert "Choose one of your own" in change(client, first, first)
    assert client.get("/desk/").status_code == 302


def test_an_administrator_makes_a_new_one_for_who_forgot(
    maja: tuple[Client, str], signed_in: Callable[..., Client], operator: Operator
) -> None:
    client, first = maja
    change(client, first, OWN)
    membership = Membership.objects.get(user__username="maja")
    url = reverse("desk:member-password", args=[operator.pk, membership.pk])
    page = signed_in("admin").post(url, follow=True).content.decode()
    assert User.objects.get(username="maja").check_password(first_password(page))
    assert client.get("/desk/").status_code == 302, "her open session has ended"


def test_no_administrator_takes_over_who_also_works_elsewhere(
    signed_in: Callable[..., Client],
    staff: Callable[..., User],
    operator: Operator,
    other_operator: Operator,
) -> None:
    user = staff("caseworker")
    user.set_password(OWN)
    user.save()
    staff("legal", at=other_operator, name="caseworker")
    membership = Membership.objects.get(user=user, operator=operator)
    url = reverse("desk:member-password", args=[operator.pk, membership.pk])
    assert "Ask its administrator" in signed_in("admin").post(url, follow=True).content.decode()
    user.refresh_from_db()
    assert user.check_password(OWN)


@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/password/reset/key/1-x/"])
def test_no_password_is_reset_by_mail(path: str, client: Client, staff: Callable[..., User]) -> None:
    user = staff("caseworker")
    User.objects.filter(pk=user.pk).update(email="caseworker@example.org")
    page = client.post(path, {"email": "caseworker@example.org"}).content.decode()
    assert "Ask an administrator" in page
    assert mail.outbox == []


@pytest.mark.parametrize("path", ["/accounts/email/", "/accounts/confirm-email/", "/accounts/login/code/"])
def test_staff_have_no_mail_pages(path: str, signed_in: Callable[..., Client], operator: Operator) -> None:
    assert signed_in("caseworker").get(path).status_code == 404

"""Accounts: a password is chosen by its owner behind a mailed link; no administrator sees one or moves the mailbox."""

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse

from cases.models import AuditEntry, Membership, Operator, OutgoingMail, User
from tests.operators.by_hand import mailed_link, staff_mails

pytestmark = pytest.mark.django_db
ADDRESS = "/accounts/address/"
OWN, OTHER = "min egen hemliga mening", "en helt annan mening"


@pytest.fixture
def admin(signed_in: Callable[..., Client]) -> Client:
    return signed_in("admin")


@pytest.fixture
def invited(admin: Client, operator: Operator) -> str:
    """The link in the mail to maja, whom an administrator made a caseworker."""
    add(admin)
    return mailed_link("invited")


@pytest.fixture
def maja(invited: str) -> Client:
    """Maja's browser: she has chosen a password and signed in."""
    choose(Client(), invited, OWN)
    return sign_in(OWN)


def add(
    admin: Client, username: str = "maja", email: str = "maja@example.org", role: str = "caseworker"
) -> str:
    typed = {"username": username, "email": email, "role": role}
    return admin.post("/desk/members/tele2-se/", typed, follow=True).content.decode()


def sign_in(password: str) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": "maja", "password": password})
    return client


def choose(client: Client, link: str, password: str) -> str:
    """Open the link and type a password; returns the last page."""
    form = client.get(link, follow=True)
    if not form.redirect_chain:
        return form.content.decode()
    typed = {"new_password1": password, "new_password2": password}
    return client.post(form.redirect_chain[-1][0], typed, follow=True).content.decode()


def send_link(admin: Client, name: str = "maja") -> str:
    membership = Membership.objects.get(user__username=name)
    return admin.post(
        reverse("desk:member-link", args=["tele2-se", membership.pk]), follow=True
    ).content.decode()


def opens(client: Client) -> bool:
    """Whether whoever it is is signed in, if only to set up the second step."""
    return not client.get("/desk/").headers.get("Location", "").startswith("/accounts/login/")


@pytest.fixture
def by_two(maja: Client, signed_in: Callable[..., Client]) -> Client:
    """Maja's browser, where she has shown her second factor as well."""
    return signed_in(name="maja")


def test_an_invitation_goes_to_the_person_and_nothing_is_shown_to_the_administrator(admin: Client) -> None:
    page = add(admin)
    [sent] = staff_mails("invited")
    assert sent["to"] == "maja@example.org"
    assert "/accounts/link/" not in page
    assert not User.objects.get(username="maja").has_usable_password()
    assert "/accounts/link/" not in str(AuditEntry.objects.values_list("data", flat=True))


def test_what_waits_to_be_mailed_is_sealed(invited: str) -> None:
    [waiting] = OutgoingMail.objects.filter(kind="invited")
    assert invited.encode() not in bytes(waiting.sealed)


def test_the_person_chooses_a_password_and_the_desk_opens(maja: Client) -> None:
    assert opens(maja)
    chosen = AuditEntry.objects.get(action="member.password-chosen")
    maja_s = User.objects.get(username="maja")
    assert (chosen.operator, chosen.actor, chosen.data) == ("tele2-se", "system", {"user": maja_s.pk})


def test_the_address_bar_loses_the_link_at_once(invited: str) -> None:
    page = Client().get(invited)
    assert page.status_code == 302
    assert invited.split("/")[-2] not in page["Location"]


def test_a_link_works_once(invited: str, maja: Client) -> None:
    assert "can’t be used" in choose(Client(), invited, OTHER)
    assert not opens(sign_in(OTHER))


def test_of_two_who_opened_the_link_the_second_is_too_late(invited: str) -> None:
    first, second = Client(), Client()
    first.get(invited), second.get(invited)
    choose(first, invited, OWN)
    form = reverse("account_choose_password", args=[invited.split("/")[3], "set-password"])
    second.post(form, {"new_password1": OTHER, "new_password2": OTHER})
    assert not opens(sign_in(OTHER))
    assert opens(sign_in(OWN))


def test_a_link_ends_after_a_day(invited: str) -> None:
    assert settings.PASSWORD_RESET_TIMEOUT == 24 * 3600
    with override_settings(PASSWORD_RESET_TIMEOUT=-1):
        assert "can’t be used" in choose(Client(), invited, OWN)


@pytest.mark.parametrize(
    "damage", [lambda link: link[:-3] + "x/", lambda link: link.replace("/link/", "/link/x")]
)
def test_a_link_that_was_tampered_with_opens_nothing(damage: Callable[[str], str], invited: str) -> None:
    assert "can’t be used" in choose(Client(), damage(invited), OWN)


def test_a_weak_password_is_refused(invited: str) -> None:
    assert "too short" in choose(Client(), invited, "kort")
    assert not User.objects.get(username="maja").has_usable_password()


def test_who_forgot_gets_a_link_and_open_sessions_end_with_the_old_password(
    admin: Client, maja: Client
) -> None:
    page = send_link(admin)
    assert "goes to maja@example.org" in page
    assert opens(maja), "until a new one is chosen the old password works"
    choose(Client(), mailed_link("password"), OTHER)
    assert not opens(maja)
    assert not opens(sign_in(OWN))
    assert opens(sign_in(OTHER))
    assert AuditEntry.objects.filter(action="member.link-sent", actor="admin").count() == 1


def test_a_password_changed_meanwhile_ends_the_link(admin: Client, maja: Client) -> None:
    send_link(admin)
    typed = {"oldpassword": OWN, "password1": OTHER, "password2": OTHER}
    maja.post(reverse("account_change_password"), typed)
    assert "can’t be used" in choose(Client(), mailed_link("password"), "en tredje mening")
    assert opens(maja)


def test_without_an_address_the_page_says_what_to_do(admin: Client, staff: Callable[..., User]) -> None:
    staff("legal", name="lena")
    page = send_link(admin, "lena")
    assert "manage.py sign_in_link lena" in page
    assert staff_mails("password") == staff_mails("invited") == []


def test_nobody_sends_oneself_a_link(admin: Client) -> None:
    assert "Change your own password" in send_link(admin, "admin")


@pytest.mark.parametrize("has_password", [True, False])
def test_no_administrator_moves_a_members_mailbox(
    has_password: bool, admin: Client, staff: Callable[..., User]
) -> None:
    user = staff("legal", name="lena")
    user.email = "lena@example.org"
    user.set_password(OWN if has_password else None)
    user.save()
    page = add(admin, "lena", "mine@example.org")
    assert "People change their address themselves" in page
    user.refresh_from_db()
    assert user.email == "lena@example.org"
    assert Membership.objects.get(user=user).role == "legal"


def test_an_account_without_an_address_is_given_none_by_an_administrator(
    admin: Client, staff: Callable[..., User]
) -> None:
    user = staff("legal", name="lena")
    add(admin, "lena", "mine@example.org")
    user.refresh_from_db()
    assert user.email == ""


def test_an_invitation_to_a_wrong_address_is_put_right_by_taking_the_role_away(
    admin: Client, invited: str
) -> None:
    membership = Membership.objects.get(user__username="maja")
    admin.post(reverse("desk:member-remove", args=["tele2-se", membership.pk]))
    add(admin, email="maja@right.example.org")
    assert staff_mails("invited")[-1]["to"] == "maja@right.example.org"
    assert "can’t be used" in choose(Client(), invited, OWN), "the first link went to somebody else"


@pytest.mark.parametrize("address", ["maja@example.org", "Maja@Example.org"])
def test_no_second_account_for_one_mailbox(address: str, admin: Client, invited: str) -> None:
    assert "Another account has this address" in add(admin, "maja2", address)
    assert not User.objects.filter(username="maja2").exists()


def test_a_new_account_needs_an_address(admin: Client) -> None:
    assert "Write the person&#x27;s e-mail address" in add(admin, email="")
    assert not User.objects.filter(username="maja").exists()


def test_ones_own_address_is_changed_after_the_second_factor_and_both_are_told(by_two: Client) -> None:
    assert by_two.post(ADDRESS, {"email": "maja@home.example.org"}).status_code == 302
    assert User.objects.get(username="maja").email == "maja@home.example.org"
    assert {one["to"] for one in staff_mails("address_changed")} == {
        "maja@example.org",
        "maja@home.example.org",
    }
    assert AuditEntry.objects.filter(action="member.address-changed", actor="maja").exists()


def test_an_open_session_alone_changes_no_address(
    maja: Client, by_two: Client, before_a_while: Callable[[Client], Client]
) -> None:
    for client in (maja, before_a_while(by_two)):
        page = client.post(ADDRESS, {"email": "thief@example.org"})
        assert page["Location"].startswith("/accounts/2fa/")
    assert User.objects.get(username="maja").email == "maja@example.org"


def test_another_members_address_cannot_become_ones_own(by_two: Client, staff: Callable[..., User]) -> None:
    User.objects.filter(pk=staff("legal").pk).update(email="legal@example.org")
    page = by_two.post(ADDRESS, {"email": "LEGAL@example.org"})
    assert page.status_code == 422
    assert "Another account has this address" in page.content.decode()


def test_a_second_factor_stays_when_the_password_is_replaced(admin: Client, maja: Client) -> None:
    TOTP.activate(User.objects.get(username="maja"), generate_totp_secret())
    send_link(admin)
    choose(Client(), mailed_link("password"), OTHER)
    client = Client()
    page = client.post(reverse("account_login"), {"login": "maja", "password": OTHER})
    assert page["Location"] == reverse("mfa_authenticate")
    assert not opens(client)


@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/password/reset/key/1-x/"])
def test_nobody_has_a_link_sent_from_outside(path: str, client: Client, staff: Callable[..., User]) -> None:
    user = staff("caseworker")
    User.objects.filter(pk=user.pk).update(email="caseworker@example.org")
    page = client.post(path, {"email": "caseworker@example.org"}).content.decode()
    assert "Ask an administrator" in page
    assert mail.outbox == []
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("path", ["/accounts/email/", "/accounts/confirm-email/", "/accounts/login/code/"])
def test_allauths_pages_for_addresses_are_not_there(
    path: str, signed_in: Callable[..., Client], operator: Operator
) -> None:
    assert signed_in("caseworker").get(path).status_code == 404

"""A lost second factor: two administrators take it away, or the server does; the password goes with it."""

from collections.abc import Callable
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from cases.casework.members import lost_factor
from cases.casework.workflow import Refusal
from cases.models import AuditEntry, LostFactor, Membership, Operator, User
from tests.operators.by_hand import mailed_link, staff_mails

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]


@pytest.fixture
def maja(staff: Staff) -> User:
    user = staff("caseworker", name="maja")
    user.email = "maja@example.org"
    user.set_password("min egen hemliga mening")
    user.save()
    TOTP.activate(user, generate_totp_secret())
    return user


@pytest.fixture
def membership(maja: User) -> Membership:
    return Membership.objects.get(user=maja)


@pytest.fixture
def two(staff: Staff) -> tuple[User, User]:
    one, other = staff("admin", name="one"), staff("admin", name="other")
    User.objects.filter(pk=other.pk).update(email="other@example.org")
    return one, other


def test_one_says_so_another_agrees(
    membership: Membership, two: tuple[User, User], signed_in: Callable[..., Client], operator: Operator
) -> None:
    one, other, maja = signed_in(name="one"), signed_in(name="other"), signed_in(name="maja")
    assert maja.get("/desk/").status_code == 200
    one.post(reverse("desk:factor-lost", args=[operator.pk, membership.pk]))
    assert Authenticator.objects.exists(), "nothing happens by one"
    assert [mail["to"] for mail in staff_mails("factor_lost")] == ["other@example.org"]
    agree = reverse("desk:factor-settle", args=[operator.pk, LostFactor.objects.get().pk, "agree"])
    assert one.post(agree).status_code == 403
    assert Authenticator.objects.exists()
    assert "says one" in other.get(reverse("desk:operator-members", args=[operator.pk])).content.decode()
    other.post(agree)
    assert not Authenticator.objects.exists()
    assert not User.objects.get(username="maja").has_usable_password()
    assert maja.get("/desk/")["Location"].startswith("/accounts/login/")
    assert Client().get(mailed_link("factor_taken"), follow=True).status_code == 200
    assert AuditEntry.objects.get(action="factor.taken-away").actor == "other"


def test_whoever_it_is_about_agrees_to_nothing(two: tuple[User, User], staff: Staff) -> None:
    one, other = two
    staff("admin", name="third")
    lost_factor.say_lost(Membership.objects.get(user=other), by=one)
    with pytest.raises(PermissionDenied):
        lost_factor.agree(LostFactor.objects.get(), by=other)
    assert LostFactor.objects.exists()


def test_who_may_not_say_so(membership: Membership, staff: Staff, two: tuple[User, User]) -> None:
    with pytest.raises(PermissionDenied):
        lost_factor.say_lost(membership, by=staff("caseworker"))
    with pytest.raises(Refusal, match="own-factor"):
        lost_factor.say_lost(Membership.objects.get(user=two[0]), by=two[0])


def test_a_lonely_administrator_is_sent_to_the_server(membership: Membership, staff: Staff) -> None:
    with pytest.raises(Refusal, match="nobody-agrees"):
        lost_factor.say_lost(membership, by=staff("admin"))


def test_it_stays_where_one_of_them_says_so(membership: Membership, two: tuple[User, User]) -> None:
    lost_factor.say_lost(membership, by=two[0])
    lost_factor.refuse(LostFactor.objects.get(), by=two[1])
    assert Authenticator.objects.exists()
    assert not LostFactor.objects.exists()


def test_the_server_takes_it_away_and_prints_a_link(maja: User) -> None:
    out = StringIO()
    call_command("sign_in_link", "maja", without_second_factor=True, stdout=out)
    assert not Authenticator.objects.exists()
    path = out.getvalue().strip().removeprefix("http://localhost:8000")
    assert Client().get(path, follow=True).status_code == 200
    assert AuditEntry.objects.filter(action="factor.taken-away", actor="system").exists()


def test_a_link_alone_leaves_the_second_factor(maja: User) -> None:
    call_command("sign_in_link", "maja", stdout=StringIO())
    assert Authenticator.objects.exists()

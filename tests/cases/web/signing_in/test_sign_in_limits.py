"""One outsider cannot lock the staff out: guesses are slowed down by account and network, never a known device."""

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client, override_settings
from django.urls import reverse
from structlog.testing import capture_logs

from cases.models import User
from cases.web.signing_in import sign_in_limits
from tests.cases.web.signing_in.test_second_factor import PASSWORD, by_two, code, opens, password

pytestmark = pytest.mark.django_db
OUTSIDE, OFFICE = {"REMOTE_ADDR": "203.0.113.7"}, {"REMOTE_ADDR": "192.0.2.1"}
WAIT = "Too many tries"


@pytest.fixture
def maja(staff: Callable[..., User]) -> User:
    user = staff("caseworker", name="maja")
    user.set_password(PASSWORD)
    user.save()
    return user


def guess(times: int, login: str = "maja", **where: str) -> str:
    said = ""
    for _ in range(times):
        typed = {"login": login, "password": "gissning"}
        said = Client().post(reverse("account_login"), typed, **where).content.decode()
    return said


def test_an_outsider_who_guesses_names_locks_nobody_else_out(maja: User) -> None:
    for number in range(sign_in_limits.NETWORK.free + 5):
        guess(1, login=f"nobody{number}", **OUTSIDE)
    assert WAIT in guess(1, login="another", **OUTSIDE)
    assert "Turn on two-step sign-in" in password(Client(), **OFFICE)


@override_settings(TRUSTED_PROXIES=[])
def test_behind_one_proxy_that_nobody_named_an_outsider_slows_down_the_proxy_alone(maja: User) -> None:
    guess(40, login="bo", REMOTE_ADDR="127.0.0.1")
    assert "Turn on two-step sign-in" in password(Client(), REMOTE_ADDR="127.0.0.1")


def test_guesses_at_one_account_are_followed_by_longer_and_longer_waits(maja: User) -> None:
    assert WAIT not in guess(sign_in_limits.ACCOUNT.free, **OUTSIDE)
    assert WAIT in guess(1, **OUTSIDE)
    pace = sign_in_limits.ACCOUNT
    waits = [pace.wait_after(pace.free + more).total_seconds() for more in range(7)]
    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_a_right_password_is_no_guess(maja: User) -> None:
    for _ in range(sign_in_limits.ACCOUNT.free + 5):
        assert WAIT not in password(Client(), **OFFICE)


def test_an_account_that_does_not_exist_is_slowed_down_alike() -> None:
    assert WAIT in guess(sign_in_limits.ACCOUNT.free + 1, login="nobody", **OUTSIDE)


def test_who_has_to_wait_shows_in_the_log_by_nothing_but_the_door(maja: User) -> None:
    with capture_logs() as lines:
        guess(sign_in_limits.ACCOUNT.free + 2)
    waits = [one for one in lines if one["event"] == "has-to-wait"]
    assert (
        waits
        == [{"event": "has-to-wait", "log_level": "warning", "door": "sign-in-account", "tries": 10}] * 2
    )


def test_a_known_device_never_waits_for_others(maja: User) -> None:
    made = generate_totp_secret()
    TOTP.activate(maja, made)
    known = by_two(made)
    assert opens(known)
    known.post(reverse("account_logout"))
    assert WAIT in guess(sign_in_limits.ACCOUNT.free + 1, **OUTSIDE)
    assert WAIT in password(Client(), **OFFICE)
    assert "Second step" in password(known)


def test_a_known_device_that_guesses_waits_itself(maja: User) -> None:
    made = generate_totp_secret()
    TOTP.activate(maja, made)
    known = by_two(made)
    assert opens(known)
    known.post(reverse("account_logout"))
    for _ in range(sign_in_limits.DEVICE.free + 1):
        said = password(known, "gissning")
    assert WAIT in said


def test_a_password_alone_makes_no_device_known(maja: User) -> None:
    client = Client()
    password(client)
    client.get("/desk/")
    assert "device" not in client.cookies


def test_a_device_of_one_member_is_none_of_anothers(maja: User, staff: Callable[..., User]) -> None:
    made = generate_totp_secret()
    TOTP.activate(maja, made)
    known = by_two(made)
    assert opens(known)
    known.post(reverse("account_logout"))
    guess(sign_in_limits.ACCOUNT.free, login="bo", **OUTSIDE)
    typed = {"login": "bo", "password": "gissning"}
    assert WAIT in known.post(reverse("account_login"), typed).content.decode()


def test_codes_are_guessed_slowly(maja: User) -> None:
    made = generate_totp_secret()
    TOTP.activate(maja, made)
    client = Client()
    password(client)
    for _ in range(sign_in_limits.CODES.free):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert WAIT in client.post(reverse("mfa_authenticate"), {"code": code(made)}).content.decode()

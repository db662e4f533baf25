"""The demo's staff sign in as staff do: by a password, and by the code that their app would show."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, validate_totp_code

from cases.models import User
from demo.codes import code, new_secret
from demo.walk.browser import Browser, PageError

PASSWORD = "min egen hemliga mening"


@pytest.mark.parametrize("_each", range(5))
def test_the_code_is_the_one_that_an_app_shows(_each: int) -> None:
    secret = new_secret()
    assert validate_totp_code(secret, code(secret))
    assert not validate_totp_code(new_secret(), code(secret))


@pytest.mark.django_db(transaction=True)
def test_the_walk_signs_in_by_two_steps(live_server: Any, staff: Callable[..., User]) -> None:
    user, secret = staff("caseworker", name="maja"), new_secret()
    user.set_password(PASSWORD)
    user.save()
    TOTP.activate(user, secret)
    with Browser(str(live_server)) as browser, pytest.raises(PageError, match="could not log in"):
        browser.login("maja", PASSWORD, new_secret())
    with Browser(str(live_server)) as browser:
        browser.login("maja", PASSWORD, secret)
        assert browser.open("/desk/").url.endswith("/desk/")

"""A passkey as the second factor, in a browser that has an authenticator: made, shown, shown anew, put away."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support import expected_conditions as until

from cases.models import AuditEntry, Operator, User
from cases.sources.loading import load_operator
from cases.web.signing_in.session_store import SessionStore
from tests.chromium import chromium, nobody, violations, wait

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough password"
SECOND = {"sv": "Steg två", "da": "Trin to", "en": "Second step"}
ADD = {"sv": "Lägg till en passkey", "da": "Tilføj en adgangsnøgle", "en": "Add a passkey"}


@pytest.fixture
def operator(db: None) -> Operator:
    return load_operator("tele2-se")[0]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[WebDriver]:
    with chromium(tmp_path / "profile") as driver:
        driver.implicitly_wait(0)
        options = VirtualAuthenticatorOptions()
        options.has_user_verification = options.is_user_verified = True
        driver.add_virtual_authenticator(options)
        yield driver
        driver.remove_virtual_authenticator()


def headed(browser: WebDriver, words: dict[str, str]) -> None:
    """The page in three languages, each without a fault; English again afterwards."""
    for language in ("sv", "da", "en"):
        browser.add_cookie({"name": settings.LANGUAGE_COOKIE_NAME, "value": language})
        browser.refresh()
        wait(browser).until(until.text_to_be_present_in_element((By.TAG_NAME, "h1"), words[language]))
        assert violations(browser) == []


def press(browser: WebDriver) -> None:
    """The button that asks for the passkey, once the page has looked for it."""
    wait(browser).until(lambda page: page.execute_script("return document.readyState") == "complete")
    browser.find_element(By.ID, "passkey").click()


def sign_in(browser: WebDriver, live_server: LiveServer) -> None:
    browser.get(f"{live_server.url}/accounts/login/?next=/desk/")
    browser.switch_to.active_element.send_keys("caseworker-admin", Keys.TAB, PASSWORD, Keys.ENTER)


def test_a_passkey_opens_the_desk_and_carries_power(
    browser: WebDriver, live_server: LiveServer, operator: Operator, staff: Callable[..., User]
) -> None:
    user = staff("caseworker", "admin")
    user.set_password(PASSWORD)
    user.save()
    sign_in(browser, live_server)
    wait(browser).until(until.url_contains("/accounts/2fa/totp/activate/"))
    browser.find_element(By.LINK_TEXT, "Use a passkey instead").click()
    wait(browser).until(until.url_contains("/webauthn/add/"))
    headed(browser, ADD)
    press(browser)
    wait(browser).until(until.url_contains("/accounts/2fa/recovery-codes/"))
    assert len(browser.find_elements(By.CSS_SELECTOR, ".codes li")) == 10
    assert AuditEntry.objects.filter(action="factor.set-up", actor=user.username).exists()
    browser.get(f"{live_server.url}/desk/")
    assert browser.current_url == f"{live_server.url}/desk/"
    # By the password alone nobody comes in any more; by the passkey they do.
    nobody(browser, live_server.url)
    sign_in(browser, live_server)
    wait(browser).until(until.url_contains("/accounts/2fa/authenticate/"))
    headed(browser, SECOND)
    press(browser)
    wait(browser).until(until.url_to_be(f"{live_server.url}/desk/"))
    # What carries power wants it anew.
    _long_ago(browser)
    browser.get(f"{live_server.url}/desk/members/tele2-se/")
    assert "/accounts/2fa/webauthn/reauthenticate/" in browser.current_url
    assert violations(browser) == []
    press(browser)
    wait(browser).until(until.url_to_be(f"{live_server.url}/desk/members/tele2-se/"))
    # Put away, it opens nothing, and the desk is shut until there is another.
    browser.get(f"{live_server.url}/accounts/2fa/")
    browser.find_element(By.LINK_TEXT, "Remove").click()
    wait(browser).until(until.url_contains("/remove/"))
    browser.find_element(By.CSS_SELECTOR, "button.primary").click()
    wait(browser).until(until.url_to_be(f"{live_server.url}/accounts/2fa/"))
    assert not Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists()
    assert AuditEntry.objects.filter(action="factor.put-away", actor=user.username).exists()
    browser.get(f"{live_server.url}/desk/")
    assert "/accounts/2fa/totp/activate/" in browser.current_url


def _long_ago(browser: WebDriver) -> None:
    """The factor was shown longer ago than what carries power may wait."""
    cookie = browser.get_cookie(settings.SESSION_COOKIE_NAME)
    assert cookie
    session = SessionStore(cookie["value"])
    records = session[AUTHENTICATION_METHODS_SESSION_KEY]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {**record, "at": record["at"] - settings.FRESH_FACTOR - 1} for record in records
    ]
    session.save()


def test_a_passkey_that_was_never_made_opens_nothing(
    operator: Operator, staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    """Rubbish in its place is a wrong answer, and the page about another's passkey is not there."""
    client = signed_in("caseworker")
    for rubbish in ("", "{}", "[]", '{"id": "x"}', "null", "not json"):
        response = client.post("/accounts/2fa/webauthn/add/", {"credential": rubbish})
        assert response.status_code == 200
    assert not Authenticator.objects.exists()
    theirs = Authenticator.objects.create(
        user=staff("legal"), type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}}
    )
    assert client.post(f"/accounts/2fa/webauthn/keys/{theirs.pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=theirs.pk).exists()

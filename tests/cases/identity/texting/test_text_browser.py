"""A code by text message in a real browser: offered, late, sent, entered; and what the desk sees of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from cases.identity import knocks
from cases.models import Case, User
from demo.servers.texts import Gateway
from tests.cases.identity.texting.test_text_codes import ANNA, code_in, later, send_all
from tests.cases.public.public_person import Person, mailed_code
from tests.chromium import chromium, overflow, press, text, violations, write
from tests.operators.by_hand import work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Walk:
    """Somebody at a browser; every page is looked at as it is reached."""

    def __init__(self, browser: WebDriver, address: str) -> None:
        self.browser, self.address = browser, address

    def at(self, heading: str, says: str = "") -> None:
        assert self.browser.find_element(By.XPATH, f"//h1[normalize-space()='{heading}']")
        assert says in text(self.browser)
        assert violations(self.browser) == [], heading
        assert overflow(self.browser) <= 0, heading

    def go(self, path: str) -> None:
        self.browser.get(self.address + path)

    def write(self, name: str, words: str) -> None:
        write(self.browser, **{name: words})
        press(self.browser)

    def press(self, words: str) -> None:
        press(self.browser, words)


def answer_knocks() -> None:
    for left in list(knocks.waiting()):
        knocks.answer(left.pk)
    send_all()


@pytest.fixture
def case(person: Person) -> Case:
    case = person.send(find=ANNA).cases.get()
    person.prove()
    return work(case)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_code_by_text_message(
    case: Case, gateway: Gateway, live_server: LiveServer, tmp_path: Path, width: int
) -> None:
    with chromium(tmp_path / "profile", width) as browser:
        walk = Walk(browser, live_server.url)
        walk.go("/tele2-se/status/")
        walk.write("reference", case.reference)
        walk.at("Look in your mail", "Send a code by text message instead")
        answer_knocks()
        walk.write("code", mailed_code())
        walk.at("Your request", "by text message to +46•••••••05, which our systems know as yours")
        gateway.answers = {"status": 503}
        walk.press("Send a code by text message")
        walk.at("A code by text message", "under way to +46•••••••05")
        send_all()
        browser.refresh()
        walk.at("A code by text message", "is late: it has not gone out yet")
        gateway.answers = {}
        later()
        send_all()
        browser.refresh()
        walk.at("A code by text message", "We have sent six digits to +46•••••••05")
        walk.write("code", code_in(gateway))
        walk.at("Your request", "You have shown that the number is yours.")
        walk.press("Leave this page")
        walk.at("Your data at Tele2")
        walk.go("/tele2-se/status/")
        walk.write("reference", case.reference)
        walk.press("Send a code by text message instead")
        walk.at("Look at your phone")
        answer_knocks()
        walk.write("code", code_in(gateway))
        walk.at("Your request")


@pytest.mark.parametrize("width", [390, 1280])
def test_proof_first(person: Person, live_server: LiveServer, tmp_path: Path, width: int) -> None:
    person.fill_in(find=ANNA)
    person.do("check", website="filled in by a machine")
    with chromium(tmp_path / "profile", width) as browser:
        browser.get(f"{live_server.url}/tele2-se/")
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": person.client.session.session_key}
        browser.add_cookie(cookie)
        walk = Walk(browser, live_server.url)
        walk.go("/tele2-se/request/code/")
        walk.at("One thing is left: the code", "Nobody here begins with your request before you have shown")
        walk.write("code", mailed_code())
        walk.at("Thank you. We have your request.")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_desk_sees_how_and_how_well_it_was_proven(
    case: Case,
    gateway: Gateway,
    person: Person,
    staff: Callable[..., User],
    live_server: LiveServer,
    tmp_path: Path,
    width: int,
) -> None:
    person.open_status(case)
    person.do("text_send")
    send_all()
    person.do("text_code", code=code_in(gateway))
    desk = Client()
    desk.force_login(staff("caseworker"), backend="django.contrib.auth.backends.ModelBackend")
    with chromium(tmp_path / "profile", width) as browser:
        browser.get(f"{live_server.url}/tele2-se/")
        browser.add_cookie({"name": settings.SESSION_COOKIE_NAME, "value": desk.session.session_key})
        browser.get(f"{live_server.url}/desk/cases/{case.reference}/")
        person_band = browser.find_element(By.ID, "person").text
        assert "code by mail (low)" in person_band
        assert "code by text message (substantial)" in person_band

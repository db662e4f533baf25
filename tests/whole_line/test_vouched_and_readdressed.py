"""In a real browser: two caseworkers vouch for who asks; a mail comes back, is seen, and goes to another address."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from cases.casework import mail
from cases.casework.bounces import reading, tokens
from cases.identity import knocks
from cases.identity.verification import proof_level
from cases.models import Case, Operator, OutgoingMail, Task
from cases.sealed.typed import reply_address
from cases.sources.loading import load_operator
from dsar.scratch.proving import opened, prove
from tests.cases.casework.bounces.post_office import report
from tests.chromium import chromium, overflow, resize, violations
from tests.operators.placed import hand_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Where somebody who wants to look at the pages has them put.
SHOTS = os.environ.get("DSAR_TEST_SHOTS", "")


@pytest.fixture
def operator(db: None) -> Operator:
    return load_operator("tele2-se")[0]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[WebDriver]:
    with chromium(tmp_path / "profile") as driver:
        driver.implicitly_wait(5)
        yield driver


@pytest.fixture
def sign_in(
    browser: WebDriver, live_server: LiveServer, signed_in: Callable[..., Client]
) -> Callable[[str], None]:
    def go(role: str) -> None:
        browser.get(f"{live_server.url}/healthz")
        browser.delete_all_cookies()
        browser.add_cookie({"name": "sessionid", "value": signed_in(role).cookies["sessionid"].value})

    return go


def well(browser: WebDriver, name: str) -> None:
    """The page fits a phone and a desk, and axe has nothing against it."""
    for width in (1280, 390):
        resize(browser, width)
        if SHOTS:
            height = browser.execute_script("return document.documentElement.scrollHeight")
            view = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", view)
            browser.save_screenshot(str(Path(SHOTS) / f"{name}-{width}.png"))
            resize(browser, width)
        assert overflow(browser) <= 0, (name, width)
    resize(browser, 1280)
    assert violations(browser) == []


def press(browser: WebDriver, words: str) -> None:
    button = browser.find_element(By.XPATH, f"//main//button[normalize-space()='{words}']")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()


def unfold(browser: WebDriver, words: str) -> None:
    summary = browser.find_element(By.XPATH, f"//summary[normalize-space()='{words}']")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", summary)
    summary.click()


def told(browser: WebDriver, words: str) -> None:
    """Wait for the page that says so."""
    assert browser.find_element(By.XPATH, f"//*[contains(normalize-space(text()), '{words}')]")


def choose(browser: WebDriver, field: str, value: str) -> None:
    browser.find_element(By.CSS_SELECTOR, f"#{field} option[value={value}]").click()


def test_two_people_vouch_for_the_highest_level(
    browser: WebDriver, live_server: LiveServer, sign_in: Callable[[str], None], operator: Operator
) -> None:
    case = hand_in(operator)
    page = live_server.url + case.get_absolute_url()
    sign_in("caseworker")
    browser.get(page)
    unfold(browser, "Prove in another way")
    unfold(browser, "Files that show who it is")
    choose(browser, "prove-evidence", "shop")
    browser.find_element(By.ID, "prove-checked").send_keys("Face and name in a Swedish passport.")
    choose(browser, "prove-level", "high")
    well(browser, "vouching")
    press(browser, "Record the proof")
    told(browser, "It counts once a second person has confirmed it")
    assert not browser.find_elements(By.XPATH, "//button[normalize-space()='I have checked it too']")
    assert proof_level(case) is None

    sign_in("legal")
    browser.get(f"{live_server.url}/desk/tasks/")
    well(browser, "task-second-person")
    browser.find_element(By.LINK_TEXT, "Look at what was checked").click()
    well(browser, "second-person")
    press(browser, "I have checked it too")
    told(browser, "with both your names")
    assert proof_level(case) == "high"
    well(browser, "vouched")


@pytest.fixture
def bounces(settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "bounces@desk.example"
    settings.BOUNCE_MAILBOX = {
        "host": "127.0.0.1",
        "port": 1,
        "security": "",
        "user": "",
        "password": "",
        "folder": "",
    }


def send_all() -> None:
    for left in knocks.waiting():
        knocks.answer(left.pk)
    for waiting in mail.waiting():
        mail.deliver(waiting.pk)


def code(kind: str) -> str:
    """The code in the newest mail of this kind, before it is sent."""
    for left in knocks.waiting():
        knocks.answer(left.pk)
    found = re.search(r"\b\d{6}\b", opened(OutgoingMail.objects.filter(kind=kind).latest("pk"))["body"])
    assert found
    return found[0]


def test_what_comes_back_is_seen_and_goes_to_another_address(
    bounces: None,
    browser: WebDriver,
    live_server: LiveServer,
    sign_in: Callable[[str], None],
    operator: Operator,
) -> None:
    case = hand_in(operator)
    prove(case.submission)
    send_all()
    lost = case.submission.mails.get(kind="receipt")
    assert reading.note(report(tokens.return_path(lost)))

    sign_in("caseworker")
    browser.get(f"{live_server.url}/desk/tasks/")
    told(browser, "A mail did not arrive")
    browser.get(live_server.url + case.get_absolute_url())
    unfold(browser, "Correct the reply address")
    well(browser, "mail-came-back")

    browser.delete_all_cookies()
    browser.get(f"{live_server.url}/{operator.pk}/status/?reference={case.reference}")
    press(browser, "Continue")
    browser.find_element(By.NAME, "code").send_keys(code("status_code"))
    press(browser, "Show the request")
    well(browser, "status-came-back")
    browser.find_element(By.LINK_TEXT, "Use another address").click()
    browser.find_element(By.NAME, "address").send_keys("anna@")
    press(browser, "Send the code")
    well(browser, "address-wrong")
    field = browser.find_element(By.NAME, "address")
    field.clear()
    field.send_keys("anna@new.example")
    press(browser, "Send the code")
    well(browser, "address-code")
    browser.find_element(By.NAME, "code").send_keys(code("address_code"))
    press(browser, "Use this address")
    told(browser, "The mail that did not reach you goes there now.")
    well(browser, "status-corrected")
    assert reply_address(Case.objects.get(pk=case.pk).submission) == "anna@new.example"
    assert not Task.objects.filter(done_at=None).exists()
    assert opened(OutgoingMail.objects.filter(kind="receipt").latest("pk"))["to"] == "anna@new.example"

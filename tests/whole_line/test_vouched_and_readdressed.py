"""In a real browser: two caseworkers vouch for who asks; a mail comes back, is seen, and goes to another address."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from cases.casework import mail
from cases.casework.bounces import reading, tokens
from cases.identity import knocks
from cases.identity.stepping_up.levels import proof_level
from cases.models import Case, Operator, OutgoingMail, Task
from cases.sealed.typed import reply_address
from cases.sources.loading import load_operator
from dsar.scratch.proving import opened, prove
from tests.cases.casework.bounces.post_office import report
from tests.chromium import look, nobody, press, text, unfold, write
from tests.operators.placed import hand_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operator(db: None) -> Operator:
    return load_operator("tele2-se")[0]


def choose(browser: WebDriver, field: str, value: str) -> None:
    browser.find_element(By.CSS_SELECTOR, f"#{field} option[value={value}]").click()


def test_two_people_vouch_for_the_highest_level(
    browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    case = hand_in(operator)
    enter(case.get_absolute_url(), "caseworker")
    unfold(browser)
    choose(browser, "prove-evidence", "shop")
    browser.find_element(By.ID, "prove-checked").send_keys("Face and name in a Swedish passport.")
    choose(browser, "prove-level", "high")
    look(browser, "vouching")
    press(browser, "Record the proof")
    assert "It counts once a second person has confirmed it" in text(browser)
    assert "I have checked it too" not in text(browser)
    assert proof_level(case) is None

    enter("/desk/tasks/", "legal")
    look(browser, "task-second-person")
    press(browser, "Look at what was checked")
    look(browser, "second-person")
    press(browser, "I have checked it too")
    assert "with both your names" in text(browser)
    assert proof_level(case) == "high"
    look(browser, "vouched")


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
    enter: Callable[..., None],
    operator: Operator,
) -> None:
    case = hand_in(operator)
    prove(case.submission)
    send_all()
    lost = case.submission.mails.get(kind="receipt")
    assert reading.note(report(tokens.return_path(lost)))

    enter("/desk/tasks/", "caseworker")
    assert "A mail did not arrive" in text(browser)
    browser.get(live_server.url + case.get_absolute_url())
    unfold(browser)
    look(browser, "mail-came-back")

    nobody(browser, live_server.url)
    browser.get(f"{live_server.url}/{operator.pk}/status/?reference={case.reference}")
    press(browser, "Continue")
    write(browser, code=code("status_code"))
    press(browser, "Show the request")
    look(browser, "status-came-back")
    press(browser, "Use another address")
    write(browser, address="anna@")
    press(browser, "Send the code")
    look(browser, "address-wrong")
    write(browser, address="anna@new.example")
    press(browser, "Send the code")
    look(browser, "address-code")
    write(browser, code=code("address_code"))
    press(browser, "Use this address")
    assert "The mail that did not reach you goes there now." in text(browser)
    look(browser, "status-corrected")
    assert reply_address(Case.objects.get(pk=case.pk).submission) == "anna@new.example"
    assert not Task.objects.filter(done_at=None).exists()
    assert opened(OutgoingMail.objects.filter(kind="receipt").latest("pk"))["to"] == "anna@new.example"

"""From the rows to the approval in a real browser: text masked by the keyboard alone, own words, read, approved."""

import sqlite3
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from cases.models import Case, User
from exports import approval, worded
from exports.models import MaskedText
from tests.chromium import look, next_page, press, text
from tests.operators.by_hand import decide, sent, work, written

pytestmark = [pytest.mark.browser, pytest.mark.pango, pytest.mark.django_db(transaction=True)]
Staff = Callable[..., User]
Enter = Callable[..., None]


@pytest.fixture
def case(ask: Callable[..., Case], crm: sqlite3.Connection, staff: Staff) -> Case:
    """Decided, with a text in which somebody else stands."""
    crm.execute("UPDATE invoice SET status = 'paid by Eva Berg, 070-174 06 97' WHERE no = 'F1'")
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    return case


def test_text_is_masked_by_the_keyboard_alone(browser: WebDriver, enter: Enter, case: Case) -> None:
    run = case.runs.get(collection="invoice")
    enter(reverse("exports:mask", args=[case.reference, run.pk, 0]), "caseworker")
    look(browser, "mask")
    shown = browser.find_element(By.ID, "mask-text")
    shown.send_keys(Keys.CONTROL, Keys.HOME)
    shown.send_keys(*[Keys.ARROW_RIGHT] * 8)
    shown.send_keys(Keys.SHIFT, *[Keys.ARROW_RIGHT] * 8)
    browser.find_element(By.CSS_SELECTOR, "[data-marks]").send_keys(Keys.ENTER)
    assert browser.find_element(By.ID, "mask-marked").get_attribute("value") == "8-16"
    browser.find_element(By.CSS_SELECTOR, "[name=stretch]").send_keys(Keys.SPACE)
    with next_page(browser):
        browser.find_element(By.ID, "mask-why").send_keys("Somebody else paid.", Keys.TAB, Keys.ENTER)
    assert "Masked. The next answer" in text(browser)
    assert MaskedText.objects.get().spans == [[8, 16], [18, 31]]
    look(browser, "masked")


def test_standard_words_are_taken_over_and_kept(
    browser: WebDriver, enter: Enter, case: Case, staff: Staff
) -> None:
    worded.set_standard(
        case.operator, name="Thanks", language="sv", place="opening", text="Tack.", by=staff("legal")
    )
    enter(reverse("exports:standard-words", args=[case.operator_id]), "legal")
    look(browser, "standard-words")
    enter(reverse("exports:own-words", args=[case.reference]), "caseworker")
    press(browser, "Take these words over Thanks")
    assert "Taken over." in text(browser)
    look(browser, "own-words")
    press(browser, "Save")
    assert "Kept. They stand in the answer" in text(browser)
    assert worded.read(case, case.own_words.first()) == {"opening": "Tack."}


def test_what_was_sent_back_is_approved_when_its_next_version_was_read(
    browser: WebDriver, enter: Enter, case: Case, staff: Staff, signed_in: Callable[..., Client]
) -> None:
    worker = staff("caseworker")
    first = written(case, worker)
    enter(case.get_absolute_url(), "caseworker")
    assert "The answer is written." in text(browser)
    look(browser, "answer-written")
    sent(case, worker)
    approval.send_back(first, reason="Name the shop.", by=staff("approver"))
    case.refresh_from_db()
    worded.write(case, {"closing": "Butiken finns på torget."}, by=worker)
    second = written(case, worker)
    sent(case, worker)

    here = [case.reference, second.version]
    enter(reverse("exports:answer", args=here), "approver")
    assert "Name the shop." in text(browser)
    assert "You can approve it when you have opened the letter." in text(browser)
    look(browser, "answer-unread")
    signed_in("approver").get(reverse("exports:preview", args=here))
    browser.refresh()
    look(browser, "answer-read")
    press(browser, "Approve and send")
    assert "Approved." in text(browser)
    second.refresh_from_db()
    assert second.approved_sha256 == second.sha256

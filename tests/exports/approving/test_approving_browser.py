"""From the rows to the approval in a real browser: text masked by the keyboard alone, own words, read, approved."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from cases.models import Case, User
from exports import approval, worded
from exports.answer import building
from exports.models import Answer, MaskedText
from tests.chromium import chromium, overflow, resize, violations, wait
from tests.operators.by_hand import decide, sent, work

pytestmark = [pytest.mark.browser, pytest.mark.pango, pytest.mark.django_db(transaction=True)]


def is_well(browser: WebDriver) -> None:
    """Nothing sticks out on a phone or a desk, and nobody is shut out."""
    for width in (390, 1280):
        resize(browser, width)
        assert overflow(browser) <= 0
        assert violations(browser) == []


def test_masked_worded_read_and_approved(
    tmp_path: Path,
    live_server: LiveServer,
    ask: Callable[..., Case],
    crm: sqlite3.Connection,
    staff: Callable[..., User],
    signed_in: Callable[..., Client],
) -> None:
    crm.execute("UPDATE invoice SET status = 'paid by Eva Berg, 070-174 06 97' WHERE no = 'F1'")
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    run = case.runs.get(collection="invoice")
    worded.set_standard(
        case.operator, name="Thanks", language="sv", place="opening", text="Tack.", by=staff("legal")
    )

    def built() -> Answer:
        building.build(case.pk)
        return Answer.objects.filter(case=case).latest("version")

    with chromium(tmp_path / "profile") as browser:

        def go(client: Client, name: str, *args: object) -> None:
            browser.get(f"{live_server.url}/static/dsar.css")
            browser.add_cookie({"name": "sessionid", "value": client.cookies["sessionid"].value})
            browser.get(live_server.url + reverse(name, args=args))

        def submit(label: str) -> None:
            browser.find_element(By.XPATH, f"//main//button[contains(., '{label}')]").click()

        def says(words: str) -> None:
            wait(browser).until(lambda driver: words in driver.find_element(By.TAG_NAME, "main").text)

        worker = signed_in("caseworker")
        go(worker, "exports:mask", case.reference, run.pk, 0)
        is_well(browser)
        text = browser.find_element(By.ID, "mask-text")
        text.send_keys(Keys.CONTROL, Keys.HOME)
        text.send_keys(*[Keys.ARROW_RIGHT] * 8)
        text.send_keys(Keys.SHIFT, *[Keys.ARROW_RIGHT] * 8)
        browser.find_element(By.CSS_SELECTOR, "[data-marks]").send_keys(Keys.ENTER)
        assert browser.find_element(By.ID, "mask-marked").get_attribute("value") == "8-16"
        browser.find_element(By.CSS_SELECTOR, "[name=stretch]").send_keys(Keys.SPACE)
        browser.find_element(By.ID, "mask-why").send_keys("Somebody else paid.", Keys.TAB, Keys.ENTER)
        says("Masked. The next answer")
        assert MaskedText.objects.get().spans == [[8, 16], [18, 31]]
        is_well(browser)

        go(worker, "exports:own-words", case.reference)
        submit("Take these words over")
        says("Taken over.")
        is_well(browser)
        submit("Save")
        says("Kept. They stand in the answer")
        building.prepare(case, by=staff("caseworker"))
        first = built()
        go(worker, "desk:case", case.reference)
        says("The answer is written.")
        is_well(browser)
        sent(case, staff("caseworker"))
        approval.send_back(first, reason="Name the shop.", by=staff("approver"))
        case.refresh_from_db()
        worded.write(case, {"closing": "Butiken finns på torget."}, by=staff("caseworker"))
        building.prepare(case, by=staff("caseworker"))
        second = built()
        sent(case, staff("caseworker"))

        approver = signed_in("approver")
        go(approver, "exports:answer", case.reference, second.version)
        says("Name the shop.")
        says("You can approve it when you have opened the letter.")
        is_well(browser)
        approver.get(reverse("exports:preview", args=[case.reference, second.version]))
        browser.refresh()
        is_well(browser)
        submit("Approve and send")
        says("Approved.")
        go(signed_in("legal"), "exports:standard-words", case.operator_id)
        is_well(browser)
    second.refresh_from_db()
    assert second.approved_sha256 == second.sha256

"""A child, somebody protected, and a number that two people share: from the form to the desk, in a real browser."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from cases.assessment import assessing
from cases.identity import matching
from cases.models import Case, Operator
from tests.cases.identity.people.test_child import number
from tests.cases.public.public_person import mailed_code
from tests.chromium import chromium, overflow, resize, violations, wait
from tests.operators.by_hand import gather, work
from tests.operators.scenes import SMALL

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PLACES = (
    SMALL.connectors.replace('category = "usage"', 'category = "traffic"')
    + """
[[source.collection]]
key = "places"
category = "location"
name = { sv = "Platser", da = "Steder", en = "Places" }
table = "calls"
key_columns = ["id"]
find = { msisdn = "msisdn" }
at = "started_at"
"""
)


@dataclass
class Journey:
    """One browser, in which somebody asks and then a member of staff works."""

    browser: WebDriver
    address: str
    signed_in: Callable[..., Client]

    def open(self, path: str) -> None:
        self.browser.get(self.address + path)

    def press(self) -> None:
        self.browser.find_element(By.CSS_SELECTOR, "main button.primary").click()

    def tick(self, value: str) -> None:
        self.browser.find_element(By.CSS_SELECTOR, f"[value={value}]").click()

    def write(self, name: str, text: str) -> None:
        shown = [one for one in self.browser.find_elements(By.NAME, name) if one.is_displayed()]
        shown[0].send_keys(text)

    def sees(self, *words: str) -> None:
        text = self.browser.find_element(By.TAG_NAME, "main").text
        for each in words:
            assert each in text

    def code(self) -> None:
        # The field first: once it is there, the code has been mailed.
        field = self.browser.find_element(By.NAME, "code")
        field.send_keys(mailed_code())

    def is_well(self) -> None:
        """Nothing sticks out on a phone or a desk, and nobody is shut out."""
        for width in (390, 1280):
            resize(self.browser, width)
            assert overflow(self.browser) <= 0
            assert violations(self.browser) == []

    def ask(self, standing: str, more: Callable[[], None], **found_by: str) -> Case:
        """The form, page by page, with ``more`` on its last, up to the receipt."""
        self.open("/tele2-se/request/")
        self.tick("access")
        self.press()
        self.tick(standing)
        self.press()
        for name, text in {"name": "Anna Test", "email": "anna@example.com", **found_by}.items():
            self.write(name, text)
        self.press()
        more()
        self.is_well()
        self.press()
        self.is_well()
        self.press()
        self.code()
        self.press()
        self.sees("Thank you. We have your request.")
        self.is_well()
        return Case.objects.latest("pk")

    def follow(self, case: Case) -> None:
        self.open("/tele2-se/status/")
        self.write("reference", case.reference)
        self.press()
        self.code()
        self.press()

    def at_desk(self, case: Case, *roles: str) -> None:
        cookie = self.signed_in(*roles).cookies["sessionid"].value
        self.browser.add_cookie({"name": "sessionid", "value": cookie})
        self.open(case.get_absolute_url())

    def unfold(self, section: str) -> None:
        for summary in self.browser.find_elements(
            By.CSS_SELECTOR, f"#{section} details:not([open]) > summary"
        ):
            summary.click()

    def submit(self, label: str) -> None:
        self.browser.find_element(By.XPATH, f"//main//button[contains(., '{label}')]").click()


@pytest.fixture
def journey(
    tmp_path: Path, live_server: LiveServer, operator: Operator, signed_in: Callable[..., Client]
) -> Iterator[Journey]:
    assert operator
    with chromium(tmp_path / "profile") as browser:
        yield Journey(browser, str(live_server.url), signed_in)


def test_a_child_asks_and_a_person_reads_it_first(journey: Journey) -> None:
    case = journey.ask("self", lambda: None, national_id=number(13))
    matching.match(case.pk)
    journey.follow(case)
    journey.sees("A person here reads your request first")
    journey.is_well()
    journey.at_desk(case, "caseworker")
    journey.sees("the person is 13 years old", "A child may ask alone if it understands")
    journey.is_well()
    journey.write("reason", "Spoke with her on the phone: she wants her call list.")
    journey.submit("The request may go on")
    wait(journey.browser).until(lambda browser: "Written down, with your name" in browser.page_source)
    journey.sees("Spoke with her on the phone")
    matching.match(case.pk)
    case.refresh_from_db()
    assert case.stage == "collection"


def test_somebody_protected_asks_and_only_named_staff_know(
    journey: Journey, configured: Callable[[str], None], crm: sqlite3.Connection
) -> None:
    crm.execute("ALTER TABLE customer ADD COLUMN street TEXT DEFAULT 'Hemliga gatan 7'")
    configured(SMALL.connectors.replace('link = ["email"]', 'link = ["email"]\naddress = ["street"]'))
    journey.signed_in("legal")

    def more() -> None:
        journey.browser.find_element(By.NAME, "protected").click()
        journey.write("contact", "Only on the status page, never by mail.")

    case = work(journey.ask("self", more))
    journey.sees("we don't mail it")
    journey.follow(case)
    journey.sees("We don't mail you, as you asked.")
    journey.is_well()
    journey.at_desk(case, "caseworker")
    assert case.reference not in journey.browser.find_element(By.TAG_NAME, "main").text
    journey.open("/desk/?view=all")
    assert case.reference not in journey.browser.find_element(By.TAG_NAME, "main").text
    journey.at_desk(case, "legal")
    journey.sees(
        "Protected identity", "Only on the status page, never by mail.", "Only these members of staff"
    )
    journey.unfold("protection")
    journey.is_well()
    run = case.runs.get(collection="customer")
    journey.open(f"/desk/cases/{case.reference}/runs/{run.pk}/")
    journey.submit("Show this page in full")
    wait(journey.browser).until(lambda browser: "anna@example.com" in browser.page_source)
    journey.sees("protected")
    assert "Hemliga" not in journey.browser.page_source


def test_an_account_with_two_users_is_decided_day_by_day(
    journey: Journey, configured: Callable[[str], None]
) -> None:
    configured(PLACES)
    case = journey.ask("holder", lambda: None, phone="070-174 06 05")
    matching.match(case.pk)
    gather(case)
    assessing.assess(case.pk)
    journey.at_desk(case, "caseworker")
    journey.sees("not decided: waits for a person")
    journey.is_well()
    journey.browser.find_element(By.CSS_SELECTOR, "#numbers td a").click()
    journey.is_well()
    set_day = "document.querySelector(`[name=${arguments[0]}]`).value = arguments[1]"
    for name, day in {"since": "2026-02-01", "until": "2026-02-28"}.items():
        journey.browser.execute_script(set_day, name, day)
    journey.tick("other")
    journey.write("reason", "Ida, the daughter, used it in February.")
    journey.press()
    wait(journey.browser).until(lambda browser: "Written down. The rows" in browser.page_source)
    journey.sees("Ida, the daughter", "not given", "what is not decided above waits for a person")
    journey.is_well()
    assessing.assess(case.pk)
    journey.open(case.get_absolute_url())
    journey.sees("another person's")
    assert timezone.localdate() >= case.received_on

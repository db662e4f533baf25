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
from cases.casework.members import named
from cases.identity import matching
from cases.models import Case, Operator, User
from tests.cases.identity.people.test_child import number
from tests.cases.public.public_person import mailed_code
from tests.chromium import chromium, come_in, look, next_page, press, text, tick, unfold, write
from tests.operators.by_hand import answer, gather, work
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

    def press(self, words: str = "") -> None:
        press(self.browser, words)

    def tick(self, value: str) -> None:
        tick(self.browser, value)

    def write(self, **fields: str) -> None:
        write(self.browser, **fields)

    def sees(self, *words: str) -> None:
        page = text(self.browser)
        for each in words:
            assert each in page

    def code(self) -> None:
        self.write(code=mailed_code())
        self.press()

    def ask(self, standing: str, more: Callable[[], None], **found_by: str) -> Case:
        """The form, page by page, with ``more`` on its last, up to the receipt."""
        self.open("/tele2-se/request/")
        self.tick("access")
        self.press()
        self.tick(standing)
        self.press()
        self.write(name="Anna Test", email="anna@example.com", **found_by)
        self.press()
        more()
        look(self.browser)
        self.press()
        look(self.browser)
        self.press()
        self.code()
        self.sees("Thank you. We have your request.")
        look(self.browser)
        return Case.objects.latest("pk")

    def follow(self, case: Case) -> None:
        self.open("/tele2-se/status/")
        self.write(reference=case.reference)
        self.press()
        self.code()

    def at_desk(self, case: Case, *roles: str) -> None:
        come_in(self.browser, self.address, self.signed_in(*roles))
        self.open(case.get_absolute_url())


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
    look(journey.browser)
    journey.at_desk(case, "caseworker")
    journey.sees("the person is 13 years old", "A child may ask alone if it understands")
    look(journey.browser)
    journey.write(reason="Spoke with her on the phone: she wants her call list.")
    journey.press("The request may go on")
    journey.sees("Written down, with your name")
    journey.sees("Spoke with her on the phone")
    matching.match(case.pk)
    case.refresh_from_db()
    assert case.stage == "collection"


@pytest.mark.pango
def test_somebody_protected_asks_only_named_staff_know_and_the_answer_is_sent_without_the_address(
    journey: Journey,
    configured: Callable[[str], None],
    crm: sqlite3.Connection,
    staff: Callable[..., User],
) -> None:
    crm.execute("ALTER TABLE customer ADD COLUMN street TEXT DEFAULT 'Hemliga gatan 7'")
    configured(SMALL.connectors.replace('link = ["email"]', 'link = ["email"]\naddress = ["street"]'))
    journey.signed_in("legal")

    def more() -> None:
        journey.browser.find_element(By.NAME, "protected").click()
        journey.write(contact="Only on the status page, never by mail.")

    case = work(journey.ask("self", more))
    journey.sees("we don't mail it")
    journey.follow(case)
    journey.sees("We don't mail you, as you asked.")
    look(journey.browser)
    journey.at_desk(case, "caseworker")
    assert case.reference not in text(journey.browser)
    journey.open("/desk/?view=all")
    assert case.reference not in text(journey.browser)
    journey.at_desk(case, "legal")
    journey.sees(
        "Protected identity", "Only on the status page, never by mail.", "Only these members of staff"
    )
    unfold(journey.browser, "#protection")
    look(journey.browser)
    run = case.runs.get(collection="customer")
    journey.open(f"/desk/cases/{case.reference}/runs/{run.pk}/")
    journey.press("Show this page in full")
    journey.sees("anna@example.com")
    journey.sees("protected")
    assert "Hemliga" not in journey.browser.page_source
    named.name(case, user=staff("approver"), by=staff("legal"))
    answer(case, staff("legal"), staff("approver"))
    journey.open("/desk/tasks/")
    journey.sees("Box 2820, 403 20 Göteborg")
    look(journey.browser, "task-protected")
    journey.follow(case)
    journey.sees("The answer is ready.", "We send it through the Swedish Tax Agency")
    assert not journey.browser.find_elements(By.CSS_SELECTOR, "a.primary[download]")
    look(journey.browser, "status-protected")
    journey.at_desk(case, "legal")
    journey.open("/desk/tasks/")
    unfold(journey.browser)
    journey.press("It is done")
    journey.follow(case)
    journey.sees("we sent the answer to the Swedish Tax Agency")
    look(journey.browser, "status-protected-sent")


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
    look(journey.browser)
    with next_page(journey.browser):
        journey.browser.find_element(By.CSS_SELECTOR, "#numbers td a").click()
    look(journey.browser)
    set_day = "document.querySelector(`[name=${arguments[0]}]`).value = arguments[1]"
    for name, day in {"since": "2026-02-01", "until": "2026-02-28"}.items():
        journey.browser.execute_script(set_day, name, day)
    journey.tick("other")
    journey.write(reason="Ida, the daughter, used it in February.")
    journey.press()
    journey.sees("Written down. The rows")
    journey.sees("Ida, the daughter", "not given", "what is not decided above waits for a person")
    look(journey.browser)
    assessing.assess(case.pk)
    journey.open(case.get_absolute_url())
    journey.sees("another person's")
    assert timezone.localdate() >= case.received_on

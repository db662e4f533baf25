"""Electronic identity in a real browser, against a provider in a process of its own, from both sides."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import Select

from cases.casework.members import named
from cases.identity.eid import broker as brokers
from cases.models import Case, Operator, Proof, User
from tests.cases.identity.eid.provider import ANNA, BERTIL, Provider
from tests.cases.public.public_person import mailed_code
from tests.chromium import chromium, come_in, look, next_page, nobody, press, text, tick, unfold, write
from tests.operators.by_hand import answer, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MITID = """
[mitid]
issuer = "env:MITID_ISSUER"
client_id = "the-desk"
client_secret = "env:BANKID_SECRET"
number_claim = "cprNumberIdentifier"
level_claim = "loa"
levels = { low = ["Low"], substantial = ["Substantial"], high = ["High"] }
"""
DANE = "2303945507"
ENDS = [
    ("cancelled", "You stopped at BankID"),
    ("no-number", "We were not told your national identity number"),
    ("too-low", "We need a safer way of signing in"),
    ("away", "BankID can't be reached just now"),
]
AS_TOLD_AT_THE_DESK = (
    "the person stopped",
    "no national number was told",
    "the level is too low",
    "the provider can't be reached",
)


@pytest.fixture
def address(live_server: LiveServer, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> str:
    """The operator's pages; the broker sends people back to them."""
    monkeypatch.setattr(settings, "BASE_URL", live_server.url)
    return f"{live_server.url}/{operator.pk}"


def heading(browser: WebDriver, words: str) -> None:
    """Wait for the page with this heading."""
    assert browser.find_element(By.XPATH, f'//h1[normalize-space()="{words}"]')


def send(browser: WebDriver, address: str, email: str, *, protected: bool = False) -> None:
    """The whole form, up to the page that asks for the code."""
    browser.get(f"{address}/request/")
    for name, value in (("rights", "access"), ("standing", "self")):
        tick(browser, value, name)
        press(browser)
    heading(browser, "How do we find you?")
    write(browser, name="Anna Test", email=email)
    press(browser)
    heading(browser, "Anything to add?")
    if protected:
        browser.find_element(By.NAME, "protected").click()
    press(browser)
    heading(browser, "Check and send")
    press(browser)
    heading(browser, "One thing is left: the code")


def sign_in(browser: WebDriver, *, number: str = ANNA, level: str = "High", choice: str = "go") -> None:
    """From the button to the provider, and back with what is chosen there."""
    to_provider(browser)
    write(browser, number=number)
    Select(browser.find_element(By.NAME, "level")).select_by_visible_text(level)
    with next_page(browser):
        browser.find_element(By.CSS_SELECTOR, f"button[value={choice}]").click()


def to_provider(browser: WebDriver) -> None:
    with next_page(browser):
        browser.find_element(By.CSS_SELECTOR, "form[action$='/identity/'] button").click()


def end_as(browser: WebDriver, provider: Provider, outcome: str) -> None:
    if outcome == "away":
        provider.stop()
        # As after ten minutes: what the broker said of itself is asked anew.
        brokers.forget()
        to_provider(browser)
    elif outcome == "cancelled":
        sign_in(browser, choice="cancel")
    elif outcome == "no-number":
        sign_in(browser, number="1")
    else:
        sign_in(browser, level="Low")


def test_every_end_has_a_kind_page_loses_nothing_and_stands_in_the_record(
    address: str,
    provider: Provider,
    least_substantial: None,
    live_server: LiveServer,
    signed_in: Callable[..., Client],
    tmp_path: Path,
) -> None:
    with chromium(tmp_path) as browser:
        send(browser, address, "anna@example.com")
        look(browser)
        for outcome, says in ENDS:
            end_as(browser, provider, outcome)
            heading(browser, says)
            look(browser)
            press(browser)
            heading(browser, "One thing is left: the code")
        assert Proof.objects.count() == 0
        provider.start()
        sign_in(browser)
        heading(browser, "Thank you. We have your request.")
        look(browser)
        at_desk(browser, live_server, signed_in("caseworker"), Case.objects.get())
        assert "BankID (high" in browser.find_element(By.ID, "person").text
        unfold(browser)
        for told in AS_TOLD_AT_THE_DESK:
            assert told in browser.find_element(By.ID, "timeline").text
        look(browser, "desk-eid-ended")
    assert Proof.objects.get().level == "high"


def test_stepping_up_on_the_status_page_as_the_person_and_the_desk_see_it(
    address: str, live_server: LiveServer, signed_in: Callable[..., Client], tmp_path: Path
) -> None:
    with chromium(tmp_path) as browser:
        send(browser, address, "anna@example.com")
        write(browser, code=mailed_code())
        press(browser)
        heading(browser, "Thank you. We have your request.")
        case = work(Case.objects.get())
        follow(browser, address, case)
        assert "National identity number" in browser.find_element(By.CSS_SELECTOR, ".note.attention").text
        unfold(browser)
        look(browser)
        at_desk(browser, live_server, signed_in("caseworker"), case)
        assert "National identity number" in browser.find_element(By.ID, "step-up").text
        look(browser)
        follow(browser, address, case)
        sign_in(browser, number=BERTIL)
        heading(browser, "This seems to be another person")
        look(browser)
        press(browser)
        sign_in(browser)
        heading(browser, "Your request")
        case = work(case)
        browser.refresh()
        assert browser.find_elements(By.CSS_SELECTOR, ".note.attention") == []
        at_desk(browser, live_server, signed_in("caseworker"), case)
        assert "BankID" in browser.find_element(By.ID, "person").text
        assert browser.find_elements(By.ID, "step-up") == []
        unfold(browser)
        assert "another person than the one we know" in browser.find_element(By.ID, "timeline").text
    assert (case.stage, case.runs.get(collection="identity").rows) == ("decisions", 1)


def follow(browser: WebDriver, address: str, case: Case) -> None:
    nobody(browser, address)
    browser.get(f"{address}/status/?reference={case.reference}")
    press(browser)
    heading(browser, "Look in your mail")
    write(browser, code=mailed_code())
    press(browser)
    heading(browser, "Your request")


def at_desk(browser: WebDriver, live_server: LiveServer, client: Client, case: Case) -> None:
    come_in(browser, live_server.url, client)
    browser.get(live_server.url + case.get_absolute_url())


@pytest.mark.parametrize(("slug", "offered"), [("telenor-dk", MITID)])
def test_a_dane_signs_in_with_mitid(
    slug: str,
    offered: str,
    address: str,
    live_server: LiveServer,
    signed_in: Callable[..., Client],
    tmp_path: Path,
) -> None:
    with chromium(tmp_path) as browser:
        send(browser, address, "anna@example.com")
        assert "MitID" in browser.find_element(By.CSS_SELECTOR, "form[action$='/identity/'] button").text
        look(browser)
        sign_in(browser, number=DANE)
        heading(browser, "Thank you. We have your request.")
        at_desk(browser, live_server, signed_in("caseworker"), Case.objects.get())
        assert "MitID (high" in browser.find_element(By.ID, "person").text
        assert DANE not in browser.page_source
        look(browser, "desk-mitid")
    proof = Proof.objects.get()
    assert (proof.method, proof.level) == ("mitid", "high")


@pytest.mark.pango
def test_somebody_protected_opens_the_answer_with_bankid_and_with_nothing_else(
    address: str,
    live_server: LiveServer,
    signed_in: Callable[..., Client],
    staff: Callable[..., User],
    tmp_path: Path,
) -> None:
    lawyer, second = staff("legal"), staff("approver")
    with chromium(tmp_path) as browser:
        send(browser, address, "anna@example.com", protected=True)
        sign_in(browser)
        heading(browser, "Thank you. We have your request.")
        look(browser, "receipt-protected")
        # The mailbox is theirs too, and opens the page, and not the answer.
        browser.get(f"{address}/request/code/")
        write(browser, code=mailed_code())
        press(browser)
        case = Case.objects.get()
        named.name(case, user=second, by=lawyer)
        work(case)
        at_desk(browser, live_server, signed_in("legal"), case)
        assert "They open the answer on the status page" in browser.find_element(By.ID, "protection").text
        look(browser, "desk-protected")
        answer(case, lawyer, second)
        browser.get(f"{live_server.url}/desk/tasks/")
        assert case.reference not in text(browser)
        follow(browser, address, case)
        assert "it opens with electronic identity alone" in text(browser)
        assert "Download the answer" not in text(browser)
        look(browser, "status-protected-by-code")
        press(browser, "Leave this page")
        browser.get(f"{address}/status/?reference={case.reference}")
        press(browser)
        sign_in(browser)
        heading(browser, "Your request")
        assert "Download the answer" in text(browser)
        look(browser, "status-protected-by-eid")

"""Anna asks for Bo in a real browser: accepted, accepted in part, refused; as she sees it, and as the desk does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from cases import tasks
from cases.models import Case, Operator, User
from cases.models.case import Right
from cases.sealed.vault import KeyUse, unsealed_stream
from tests.cases.public.public_person import mailed_code
from tests.chromium import chromium, come_in, look, next_page, nobody, press, text, tick, unfold, write
from tests.operators.by_hand import answer, work

pytestmark = [pytest.mark.browser, pytest.mark.pango, pytest.mark.django_db(transaction=True)]
PDF = b"%PDF-1.7\nPower of attorney: Anna Test may ask for Bo Test. Signed, Bo Test"


class Walk:
    """A browser that goes from the public pages to the desk and back, and looks at every page in both sizes."""

    def __init__(self, browser: WebDriver, address: str, operator: Operator, staff: Callable[..., Client]):
        self.browser, self.address, self.operator, self._staff = browser, address, operator, staff

    def see(self, path: str) -> None:
        self.browser.get(self.address + path)
        self.look()

    def look(self) -> None:
        look(self.browser)

    def choose(self, *values: str, name: str = "") -> None:
        for value in values:
            tick(self.browser, value, name)

    def write(self, **fields: str) -> None:
        write(self.browser, **fields)

    def press(self, words: str) -> None:
        press(self.browser, words)
        self.look()

    @property
    def said(self) -> str:
        return text(self.browser)

    def enter_desk(self, *roles: str) -> None:
        come_in(self.browser, self.address, self._staff(*roles))

    def ask(self, *rights: str, papers: Path, **of_the_person: str) -> list[Case]:
        """From the form to the papers, as somebody does who asks for Bo."""
        self.see("/tele2-se/request/")
        self.choose(*rights)
        self.press("Continue")
        if rights == (Right.MARKETING_OBJECTION,):
            self.press("Answer a few more questions")
        self.choose("proxy")
        self.press("Continue")
        self.write(on_behalf_of="Bo Test", **of_the_person)
        self.press("Continue")
        self.write(name="Anna Test", email="anna@example.com")
        self.choose("attorney")
        self.press("Continue")
        self.press("Continue")
        self.press("Send the request")
        self.write(code=mailed_code())
        self.press("Confirm")
        self.press("Send us papers")
        self.browser.find_element(By.NAME, "papers").send_keys(str(papers))
        self.press("Send the papers")
        assert "We have your paper, and it is locked away." in self.said
        cases = [Case.objects.get(right=right) for right in rights]
        for case in cases:
            tasks.match(case.pk)
        return cases

    def decide(self, right: str, *, answer_to: str) -> None:
        """A power of attorney, for this right, with the answer to them."""
        for name, value in (("kind", "attorney"), ("rights", right), ("answer_to", answer_to)):
            self.choose(value, name=f"accept-{name}")

    def confirm(self, kind: str) -> None:
        """What was typed of the person, of this kind, is theirs."""
        row = f"//tr[td[normalize-space()='{kind}']]//a[contains(@href, '/claims/')]"
        with next_page(self.browser):
            self.browser.find_element(By.XPATH, row).click()
        self.press("It is the person's")

    def follow(self, case: Case) -> None:
        """Later, with the reference and a code by mail."""
        nobody(self.browser, self.address)
        self.see(f"/tele2-se/status/?reference={case.reference}")
        self.press("Continue")
        self.write(code=mailed_code())
        self.press("Show the request")


@pytest.fixture
def walk(
    tmp_path: Path, live_server: LiveServer, operator: Operator, signed_in: Callable[..., Client]
) -> Iterator[Walk]:
    with chromium(tmp_path / "profile") as browser:
        browser.implicitly_wait(3)
        yield Walk(browser, str(live_server.url), operator, signed_in)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    path = tmp_path / "power of attorney, Bo Test.pdf"
    path.write_bytes(PDF)
    return path


def test_accepted(walk: Walk, papers: Path, staff: Callable[..., User]) -> None:
    (case,) = walk.ask(Right.ACCESS, papers=papers, customer_no="C2", phone="0701740605")
    walk.enter_desk("caseworker")
    walk.see(f"/desk/cases/{case.reference}/")
    walk.press("Check the authority")
    assert "Anna Test asks for Bo Test." in walk.said
    walk.press("Ask the sources")
    assert "also typed" in walk.said
    walk.decide("access", answer_to="asker")
    walk.write(**{"accept-checked": "Power of attorney of 2 November, signed."})
    walk.press("Accept the authority")
    assert "Accepted, with your name." in walk.said
    assert "Confirm who the person is" in walk.said
    walk.confirm("customer number")
    case = work(case)
    assert {one.origin for one in case.identifiers.filter(wave=0)} == {"caseworker"}
    answer(case, staff("caseworker"), staff("approver"))
    walk.follow(case)
    assert "Download the answer" in walk.said


def test_accepted_in_part(walk: Walk, papers: Path, staff: Callable[..., User]) -> None:
    access, erasure = walk.ask(Right.ACCESS, Right.ERASURE, papers=papers, customer_no="C2")
    walk.enter_desk("caseworker")
    walk.see(f"/desk/cases/{access.reference}/authority/")
    walk.decide("access", answer_to="person")
    walk.write(**{"accept-checked": "Power of attorney of 2 November, for 2025 alone."})
    walk.press("Accept the authority")
    assert "Write why the other rights are refused" in walk.said
    walk.write(**{"accept-refused_why": "The power of attorney says nothing of erasure."})
    days = {"covers_from": "2025-01-01", "covers_until": "2025-12-31"}
    for name, day in days.items():
        field = walk.browser.find_element(By.NAME, f"accept-{name}")
        walk.browser.execute_script("arguments[0].value = arguments[1]", field, day)
    walk.press("Accept the authority")
    assert "only rows of" in walk.said
    walk.confirm("customer number")
    access = work(access)
    answer(access, staff("caseworker"), staff("approver"))
    walk.see(f"/desk/cases/{erasure.reference}/")
    assert "The power of attorney says nothing of erasure." in walk.said
    assert access.runs.get(collection="invoice").rows == 0
    walk.follow(access)
    assert "We give the answer to the person you asked for" in walk.said
    assert "Download the answer" not in walk.said
    assert "Read our letter (PDF)" in walk.said
    package = access.answers.get(status="delivered")
    walk.browser.get(f"{walk.address}/tele2-se/status/package/{package.pk}/")
    assert walk.browser.title.startswith("There is no such page")


def test_refused(walk: Walk, papers: Path) -> None:
    (case,) = walk.ask(Right.MARKETING_OBJECTION, papers=papers)
    (paper,) = case.papers.all()
    assert b"".join(unsealed_stream(case, KeyUse.FILE, paper.name)) == PDF
    assert all(PDF not in path.read_bytes() for path in Path(settings.VAULT).rglob("*") if path.is_file())
    walk.enter_desk("caseworker")
    walk.see(f"/desk/cases/{case.reference}/authority/")
    unfold(walk.browser)
    walk.choose("not-valid", name="refuse-ground")
    walk.write(**{"refuse-reason": "The signature is missing."})
    walk.press("Refuse and tell them")
    assert "The authority was refused:" in walk.said
    walk.follow(case)
    assert "Our letter says why, and where you can complain." in walk.said
    link = walk.browser.find_element(By.LINK_TEXT, "Read our letter (PDF)").get_attribute("href")
    assert link
    fetched = "const got = await fetch(arguments[0]); return [got.status, got.headers.get('content-type')]"
    assert walk.browser.execute_script(fetched, link) == [200, "application/pdf"]

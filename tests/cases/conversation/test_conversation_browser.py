"""A question with a pause and its answer, in a real browser: from the desk to a phone and back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from cases.casework import case_clock
from cases.conversation import writing
from cases.models import Case
from cases.sources.loading import load_operator
from tests.cases.public.public_person import mailed_code, mails
from tests.chromium import chromium, come_in, fits_narrow, look, nobody, press, text, write
from tests.operators.placed import gathered, hand_in, proven

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Real ones are as long, and an address has no place to break at.
LONG = (
    "Skriv till fornamn.mellannamn.efternamn@langtforetagsnamn-i-norden.example, eller se https://www.example.com/"
    + "a" * 80
)


def case_with_very_many_rows() -> Case:
    case = gathered(proven(hand_in(load_operator("tele2-se")[0])))
    case.runs.filter(pk=case.runs.all()[0].pk).update(expected=case_clock.LARGE)
    return case


def come_to_status(browser: WebDriver, address: str, case: Case) -> None:
    nobody(browser, address)
    browser.get(f"{address}/tele2-se/status/?reference={case.reference}")
    press(browser)
    write(browser, code=mailed_code())
    press(browser)


def test_the_desk_asks_the_clock_stands_and_the_answer_ends_it(
    live_server: LiveServer, signed_in: Callable[..., Client], tmp_path: Path
) -> None:
    case, address, desk = case_with_very_many_rows(), str(live_server.url), signed_in("caseworker")
    writing.answer(case, f"Hej! {LONG}")
    file = tmp_path / "min faktura.pdf"
    file.write_bytes(b"%PDF-1.7\nAn invoice of May")
    with chromium(tmp_path) as browser:
        come_in(browser, address, desk)
        browser.get(f"{address}{case.get_absolute_url()}?question=which")
        assert browser.find_element(By.CSS_SELECTOR, "input[name=waits][value=which]").is_selected()
        look(browser, "conversation-desk-asks")
        press(browser, "Send")
        assert "the clock waits for the answer" in text(browser)
        assert "The clock is paused" in text(browser)
        # Whoever answers has read.
        assert "unread message" not in text(browser)
        (mail,) = mails("message")
        assert "uppgifter om dig" not in mail["body"]

        come_to_status(browser, address, case)
        assert "Until then the time for our answer stands still" in text(browser)
        assert "1 new" in text(browser)
        look(browser, "conversation-status")
        press(browser, "Read and write messages")
        assert "We have asked you something" in text(browser)
        assert fits_narrow(browser, 1280) == []
        look(browser, "conversation-person")
        write(browser, text=f"Bara samtalen i maj. {LONG}")
        browser.find_element(By.NAME, "file").send_keys(str(file))
        press(browser)
        assert "We have your message" in text(browser)
        assert "We have asked you something" not in text(browser)
        look(browser, "conversation-person-answered")
        press(browser, "Back to your request")
        assert "You have our answer by" in text(browser)
        assert "1 new" not in text(browser)

        come_in(browser, address, desk)
        browser.get(f"{address}/desk/?view=unread")
        assert case.reference in text(browser)
        press(browser, case.reference)
        assert "1 unread message from the person" in text(browser)
        assert "The clock is paused" not in text(browser)
        assert "Open the file" in text(browser)
        look(browser, "conversation-desk-reads")
        assert fits_narrow(browser, 1280) == []
        press(browser, "Mark as read")
        assert "1 unread message" not in text(browser)
        browser.get(f"{address}/desk/?view=unread")
        assert "Nothing here." in text(browser)

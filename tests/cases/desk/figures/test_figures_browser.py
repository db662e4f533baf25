"""Figures, oversight and the legal calendar in a real browser: each fits a phone, and nobody is shut out of it."""

from collections.abc import Callable
from random import Random

import pytest
from django.utils import timezone
from selenium.webdriver.remote.webdriver import WebDriver

from cases.assessment import deciding
from cases.casework.course import disputes
from cases.counted.rolling import roll_up
from cases.models import Case, Operator, User
from tests.cases.counted.made_up import make_up
from tests.chromium import overflow, press, resize, violations
from tests.operators.placed import gathered, hand_in, proven

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(operator: Operator, staff: Callable[..., User]) -> Case:
    lawyer, today = staff("legal", name="lawyer"), timezone.localdate()
    make_up(operator, 60, by=lawyer, dice=Random(7), today=today)
    roll_up()
    case = gathered(proven(hand_in(operator)))
    notes = case.decisions.get(subject="correspondence")
    deciding.override(notes, outcome="withhold", reason="They are about others.", by=lawyer)
    about = {"number": "DI-2026-1", "came_on": today, "answer_by": today, "about": "It took long."}
    disputes.note(case, kind="complaint", **about, by=lawyer)
    return case


def test_the_pages_of_whoever_looks_at_the_whole(
    theme: str, browser: WebDriver, enter: Callable[..., None], case: Case
) -> None:
    def fits(*languages: str) -> None:
        resize(browser, 390)
        for language in languages:
            browser.add_cookie({"name": "django_language", "value": language})
            browser.refresh()
            assert overflow(browser) <= 0, (browser.current_url, language)
        resize(browser, 1280)
        assert overflow(browser) <= 0, browser.current_url
        assert violations(browser) == [], browser.current_url

    enter("/desk/figures/", "dpo")
    fits("sv", "da", "en")
    if theme == "light":
        enter("/desk/calendar/", "legal")
        fits("sv", "en")
        enter("/desk/oversight/", "dpo")
        fits("da", "en")
    enter(f"/desk/oversight/{case.reference}/", "dpo")
    press(browser, "Show the reasons")
    fits()

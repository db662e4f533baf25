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
from tests.chromium import look, overflow, press, resize
from tests.operators.placed import gathered, hand_in, proven

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(operator: Operator, staff: Callable[..., User]) -> Case:
    lawyer, today = staff("legal", name="lawyer"), timezone.localdate()
    make_up(operator, 150, by=lawyer, dice=Random(7), today=today)
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
    def in_language(language: str) -> None:
        browser.add_cookie({"name": "django_language", "value": language})
        browser.refresh()

    enter("/desk/figures/", "dpo")
    look(browser, f"figures-{theme}")
    for path, roles in (("/desk/oversight/", ["dpo"]), ("/desk/calendar/", ["legal"])):
        enter(path, *roles)
        look(browser, f"{path.split('/')[2]}-{theme}")
    enter(f"/desk/oversight/{case.reference}/", "dpo")
    press(browser, "Show the reasons")
    look(browser, f"overseen-{theme}")
    for language in ("sv", "da"):
        for path in ("/desk/figures/", "/desk/oversight/", "/desk/calendar/"):
            enter(path, "dpo", "legal")
            in_language(language)
            resize(browser, 390)
            assert overflow(browser) <= 0, (path, language)

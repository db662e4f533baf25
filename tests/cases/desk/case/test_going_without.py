"""The page on which a case goes on without what a source may not hand over: in a real browser, on a phone as well."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support import expected_conditions as until

from cases.collection import failed_runs
from cases.models import Case, Operator, Run
from cases.models.case import Stage
from connectors.contract.base import SourceRefused
from tests.chromium import overflow, press, resize, text, violations, wait, write
from tests.operators.placed import gathered, hand_in, move, proven

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = ("Kept as evidence in a criminal case", "Ask the court of Solna, B 77-26")


@pytest.fixture
def refused(operator: Operator) -> Case:
    """A case that only waits for somebody to say how it goes on."""
    case = move(gathered(proven(hand_in(operator))), Stage.COLLECTION, blocked_by="source-failed")
    run = case.runs.select_related("case__operator").get(collection="service-note")
    run.rows, run.finished_at = 0, None
    run.chunks.all().delete()
    failed_runs.note_failure(run, SourceRefused("refused", "403", WORDS))
    return case


@pytest.mark.parametrize("width", [1280, 390])
def test_a_caseworker_goes_on_without_it(
    width: int, theme: str, refused: Case, browser: WebDriver, enter: Callable[..., None]
) -> None:
    resize(browser, width)
    enter(refused.get_absolute_url(), "caseworker")
    assert (violations(browser), overflow(browser) <= 0) == ([], True)
    run = refused.runs.get(status="failed")
    # Not by clicking: the list of sources is renewed while the click is on its way.
    assert page_of(refused, run) in browser.page_source
    enter(page_of(refused, run), "caseworker")
    assert WORDS[0] in text(browser)
    press(browser)
    summary = (By.CSS_SELECTOR, ".error-summary:focus")
    wait(browser).until(until.text_to_be_present_in_element(summary, "handed over? Write the reason"))
    assert (violations(browser), overflow(browser) <= 0) == ([], True)
    write(browser, reason="A court keeps these notes for a criminal case")
    press(browser)
    assert "Left out" in text(browser)
    assert violations(browser) == []
    assert Run.objects.get(pk=run.pk).status == "left-out"


def page_of(case: Case, run: Run) -> str:
    return reverse("desk:run-leave-out", args=[case.reference, run.pk])

"""A letter, written down in a browser: the pages fit a phone and a desk, and say what is wrong where it is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from cases.models import Case, Operator
from tests.chromium import look, press, text, tick, write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_a_letter_becomes_a_case(browser: WebDriver, enter: Callable[..., None], operator: Operator) -> None:
    enter(reverse("desk:entering", args=[operator.pk]), "caseworker")
    look(browser, "entering")
    day = (timezone.localdate() - timedelta(days=3)).isoformat()
    # What is typed into a day depends on the browser's language.
    script = "document.getElementById('id_received_on').value = arguments[0]"
    browser.execute_script(script, day)
    tick(browser, "letter")
    tick(browser, "access")
    press(browser)
    assert "Write your name." in browser.find_element(By.CLASS_NAME, "error-summary").text
    look(browser, "entering-wrong")
    write(browser, name="Anna Test")
    press(browser)
    case = Case.objects.get()
    assert case.reference in text(browser)
    assert case.received_on.isoformat() == day
    enter(reverse("desk:backlog", args=[operator.pk]), "caseworker")
    look(browser, "backlog")

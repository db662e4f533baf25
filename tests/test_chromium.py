"""The tools of browser tests: a page that is left late is waited for."""

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from tests.chromium import chromium, press, text

pytestmark = pytest.mark.browser
FIRST = """<!doctype html><main><p>the first</p><button class="primary"
onclick="setTimeout(() => (location.href = 'second.html'), 400)">Go on</button></main>"""
SECOND = "<!doctype html><main><p>the second</p></main>"


def test_what_is_read_after_a_button_is_the_page_it_leads_to(tmp_path: Path) -> None:
    """As on a busy machine, where the click is over before the page is left."""
    (tmp_path / "first.html").write_text(FIRST)
    (tmp_path / "second.html").write_text(SECOND)
    with chromium(tmp_path / "profile") as browser:
        browser.get((tmp_path / "first.html").as_uri())
        browser.find_element(By.TAG_NAME, "button").click()
        assert "the first" in text(browser)
        browser.get((tmp_path / "first.html").as_uri())
        press(browser, "Go on")
        assert "the second" in text(browser)

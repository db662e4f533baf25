"""The page of a package, opened from a disk as by a double click: searched, sorted, and read without its script."""

from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from exports.letter.facts import CaseFacts
from tests.chromium import chromium, look, wait
from tests.exports.package.packed import ROWS, STEM, packed

pytestmark = pytest.mark.browser
SHOWN = f"#{STEM} tbody tr:not([hidden])"


@pytest.fixture
def address(case: Callable[..., CaseFacts], tmp_path: Path) -> str:
    page = tmp_path / "index.html"
    page.write_bytes(packed(case).read("index.html"))
    return page.as_uri()


def first_cells(browser: WebDriver) -> list[str]:
    return [row.text.split()[0] for row in browser.find_elements(By.CSS_SELECTOR, SHOWN)]


def test_it_is_searched_and_sorted_and_fits_a_phone(address: str, tmp_path: Path) -> None:
    numbers = [row["invoice_no"] for row in ROWS]
    with chromium(tmp_path / "profile") as browser:
        browser.get(address)
        assert first_cells(browser) == numbers
        look(browser, "package-page")
        belopp = browser.find_elements(By.CSS_SELECTOR, f"#{STEM} th button")[3]
        belopp.click()
        belopp.click()
        assert first_cells(browser) == numbers[::-1]
        assert belopp.find_element(By.XPATH, "..").get_attribute("aria-sort") == "descending"
        browser.find_element(By.CSS_SELECTOR, f"#{STEM} input").send_keys("obetald 2026-01")
        wait(browser).until(lambda one: len(one.find_elements(By.CSS_SELECTOR, SHOWN)) < len(numbers))
        assert first_cells(browser) == ["0010000"]
        assert browser.find_element(By.CSS_SELECTOR, f"#{STEM} output").text == "1 av 40"
        # Nothing that its policy forbids was tried.
        assert not [one for one in browser.get_log("browser") if one["level"] == "SEVERE"]


def test_without_its_script_it_is_whole(address: str, tmp_path: Path) -> None:
    with chromium(tmp_path / "profile", script=False) as browser:
        browser.get(address)
        assert first_cells(browser) == [row["invoice_no"] for row in ROWS]
        assert not browser.find_element(By.CSS_SELECTOR, f"#{STEM} input").is_displayed()

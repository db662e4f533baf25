"""The public pages in a real browser: on a phone and a desk, without scripts, by keyboard alone."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from cases.models import Case
from cases.sources.loading import load_operator
from tests.cases.public.public_person import mailed_code
from tests.chromium import chromium, fits_narrow, next_page, overflow, press, tick, violations, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
START = "/tele2-se/request/"
# Real ones are as long, and an address has no place to break at.
LONG_ADDRESS = "fornamn.efternamn@langtforetagsnamn.example"
LONG_NAME = "Ebba-Margareta Oxenstierna-Wachtmeister af Silfverhjelm"


@pytest.fixture
def address(live_server: LiveServer) -> str:
    load_operator("tele2-se")
    return str(live_server.url)


def heading(browser: WebDriver, words: str) -> None:
    """Wait for the page with this heading."""
    assert browser.find_element(By.XPATH, f"//h1[normalize-space()='{words}']")


def focused(browser: WebDriver, selector: str) -> None:
    """Wait until the focus is there."""
    assert browser.find_element(By.CSS_SELECTOR, f"{selector}:focus")


def walk(browser: WebDriver, address: str) -> Iterator[str]:
    """The whole way, stopping at every page, also at those that complain."""
    browser.get(f"{address}/")
    yield "front"
    browser.get(f"{address}/tele2-se/")
    yield "landing"
    for page in ("privacy", "accessibility"):
        browser.get(f"{address}/tele2-se/{page}/")
        yield page
    browser.get(address + START)
    yield "rights"
    press(browser)
    assert browser.find_element(By.CLASS_NAME, "error-summary")
    yield "rights with a complaint"
    tick(browser, "access")
    tick(browser, "objection")
    press(browser)
    yield from walk_for_another(browser)
    yield from walk_to_receipt(browser)
    yield from walk_back(browser, address)


def walk_for_another(browser: WebDriver) -> Iterator[str]:
    """Whose data it is, and who asks."""
    heading(browser, "Who are you?")
    yield "you"
    tick(browser, "proxy")
    press(browser)
    heading(browser, "Who do you ask for?")
    yield "person"
    press(browser)
    assert browser.find_element(By.CLASS_NAME, "error-summary")
    yield "person with a complaint"
    write(browser, on_behalf_of=LONG_NAME, person_email=LONG_ADDRESS.replace("for", "och"))
    press(browser)
    heading(browser, "And who are you?")
    yield "asker"
    write(browser, email="astrid@")
    press(browser)
    assert browser.find_element(By.CLASS_NAME, "error-summary")
    yield "asker with complaints"
    write(browser, name=LONG_NAME.replace("Ebba", "Anna"), email=LONG_ADDRESS)
    tick(browser, "attorney")
    press(browser)


def walk_to_receipt(browser: WebDriver) -> Iterator[str]:
    """What is added, what is sent, and the code."""
    heading(browser, "Anything to add?")
    yield "more"
    tick(browser, "T2-P07")
    write(browser, note=f"Calls in March, also those to {LONG_ADDRESS * 2}.")
    press(browser)
    heading(browser, "Check and send")
    yield "check"
    press(browser)
    heading(browser, "One thing is left: the code")
    yield "code"
    with next_page(browser):
        browser.find_element(By.CSS_SELECTOR, "button.link").click()
    assert browser.find_element(By.CSS_SELECTOR, ".messages .success")
    yield "another code"
    write(browser, code=mailed_code())
    press(browser)
    heading(browser, "Thank you. We have your request.")
    yield "receipt"


def walk_back(browser: WebDriver, address: str) -> Iterator[str]:
    """Later: following the request, leaving, and a wrong turn."""
    browser.get(f"{address}/tele2-se/status/")
    yield "status"
    write(browser, reference=Case.objects.earliest("pk").reference)
    press(browser)
    heading(browser, "Look in your mail")
    yield "status code"
    write(browser, code=mailed_code())
    press(browser)
    heading(browser, "Your requests")
    yield "requests"
    with next_page(browser):
        browser.find_element(By.CSS_SELECTOR, "main form[action$='/leave/'] button").click()
    heading(browser, "Your data at Tele2")
    yield "left"
    browser.get(address + START)
    tick(browser, "marketing-objection")
    press(browser)
    heading(browser, "Whom should we stop writing to?")
    yield "stop"
    write(browser, name=LONG_NAME)
    begun = browser.current_url
    press(browser)
    browser.delete_all_cookies()
    browser.get(begun)
    heading(browser, "Go on where you were")
    yield "begun elsewhere"
    browser.get(f"{address}/tele2-se/request/{uuid4()}/code/")
    heading(browser, "Enter your code")
    yield "code alone"
    browser.get(f"{address}/tele2-se/nowhere/")
    yield "not found"


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1280, False)])
def test_every_page_is_accessible_and_fits(address: str, tmp_path: Path, width: int, dark: bool) -> None:
    with chromium(tmp_path, width, dark=dark) as browser:
        for page in walk(browser, address):
            assert violations(browser) == [], page
            assert overflow(browser) <= 0, page
            assert dark or fits_narrow(browser, width) == [], page
        said = [each["message"] for each in browser.get_log("browser")]
    # A page that is not there, and what leaving takes out of the browser, are no complaints.
    assert [each for each in said if "404" not in each and "Clear-Site-Data" not in each] == []
    assert Case.objects.count() == 2


def test_it_all_works_without_scripts(address: str, tmp_path: Path) -> None:
    with chromium(tmp_path, 390, script=False) as browser:
        browser.get("data:text/html,<noscript><p id='off'></noscript>")
        assert browser.find_element(By.ID, "off")
        pages = []
        for page in walk(browser, address):
            pages.append(page)
            if "complaint" in page:
                focused(browser, ".error-summary")
    assert pages[-1] == "not found"
    assert Case.objects.count() == 2


def test_the_summary_takes_focus_and_leads_to_the_field(address: str, tmp_path: Path) -> None:
    with chromium(tmp_path) as browser:
        browser.get(address + START)
        press(browser)
        summary = browser.find_element(By.CLASS_NAME, "error-summary")
        focused(browser, ".error-summary")
        summary.find_element(By.TAG_NAME, "a").send_keys(Keys.ENTER)
        focused(browser, "#id_rights_0")


def test_by_keyboard_alone(address: str, tmp_path: Path) -> None:
    def keys(*pressed: str) -> None:
        browser.switch_to.active_element.send_keys(*pressed)

    def focus(name: str) -> None:
        """Tab on until the field is reached; a page has fewer than forty stops."""
        for _stop in range(40):
            if browser.switch_to.active_element.get_attribute("name") == name:
                return
            keys(Keys.TAB)
        raise AssertionError(f"{name} cannot be reached")

    with chromium(tmp_path) as browser:
        browser.get(address + START)
        keys(Keys.TAB)
        assert browser.switch_to.active_element.get_attribute("class") == "skip"
        keys(Keys.ENTER)
        focus("rights")
        keys(Keys.SPACE)
        keys(Keys.ENTER)
        heading(browser, "Who are you?")
        focus("standing")
        keys(Keys.SPACE)
        keys(Keys.ENTER)
        heading(browser, "How do we find you?")
        focus("name")
        keys("Astrid", Keys.TAB, "astrid@example.com", Keys.ENTER)
        heading(browser, "Anything to add?")
        focus("note")
        keys(Keys.TAB)
        keys(Keys.ENTER)
        heading(browser, "Check and send")
        for _change in range(20):
            if browser.switch_to.active_element.text == "Send the request":
                break
            keys(Keys.TAB)
        keys(Keys.ENTER)
        heading(browser, "One thing is left: the code")
        focus("code")
        keys(mailed_code(), Keys.ENTER)
        heading(browser, "Thank you. We have your request.")


def test_a_double_click_on_send_is_one_request(address: str, tmp_path: Path) -> None:
    with chromium(tmp_path) as browser:
        for page in walk(browser, address):
            if page == "check":
                break
        send = "const b = document.querySelector('main button.primary'); b.click(); b.click();"
        browser.execute_script(send)
        heading(browser, "One thing is left: the code")
    assert Case.objects.values("submission").distinct().count() == 1

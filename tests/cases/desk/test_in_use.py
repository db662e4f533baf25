"""The desk in a real browser: worked by keyboard, and alive while sources answer."""

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.ui import Select

from cases.models import Operator, Run, User
from cases.models.case import Stage
from demo.codes import code, new_secret
from tests.chromium import violations, wait
from tests.operators.placed import Gathered, gathered, hand_in, move, proven

NOTES = (Gathered("crm", "service-note", "correspondence", (("review", "", None, 3),), key="note_id"),)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_signing_in_by_keyboard(
    browser: WebDriver, live_server: LiveServer, staff: Callable[..., User]
) -> None:
    user, secret = staff("caseworker"), new_secret()
    user.set_password("a long enough password")
    user.save()
    TOTP.activate(user, secret)
    browser.get(f"{live_server.url}/desk/")
    assert violations(browser) == []
    browser.switch_to.active_element.send_keys("caseworker", Keys.TAB, "a long enough password", Keys.ENTER)
    wait(browser).until(until.url_contains("/accounts/2fa/authenticate/"))
    assert violations(browser) == []
    browser.switch_to.active_element.send_keys(code(secret), Keys.ENTER)
    wait(browser).until(until.url_to_be(f"{live_server.url}/desk/"))


def test_a_select_narrows_the_list_at_once_and_stands_in_the_address(
    browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    access, erasure = hand_in(operator, "access"), hand_in(operator, "erasure")
    enter("/desk/", "caseworker")
    Select(browser.find_element(By.NAME, "right")).select_by_value("erasure")
    wait(browser).until_not(until.presence_of_element_located((By.LINK_TEXT, access.reference)))
    assert browser.find_element(By.LINK_TEXT, erasure.reference)
    assert "right=erasure" in browser.current_url


def test_the_whole_row_is_the_link(
    browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    case = hand_in(operator)
    enter("/desk/", "caseworker")
    stage = browser.find_element(By.CSS_SELECTOR, ".cases tbody td:nth-child(4)")
    ActionChains(browser).move_to_element(stage).click().perform()
    wait(browser).until(until.url_contains(case.reference))


def test_an_identifier_is_shown_in_its_place(
    browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    case = move(proven(hand_in(operator)), Stage.DECISIONS)
    enter(case.get_absolute_url(), "caseworker")
    browser.find_element(By.CSS_SELECTOR, ".value button").click()
    wait(browser).until(until.text_to_be_present_in_element((By.ID, "person"), "astrid.berg@example.com"))
    assert browser.current_url.endswith(case.get_absolute_url())


def test_counts_move_and_the_page_follows_the_stage(
    browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    case = move(gathered(proven(hand_in(operator))), Stage.COLLECTION)
    run = case.runs.get(category="traffic")
    Run.objects.filter(pk=run.pk).update(status="running", finished_at=None, rows=10, expected=120)
    enter(case.get_absolute_url(), "caseworker")
    Run.objects.filter(pk=run.pk).update(rows=90)
    wait(browser).until(until.text_to_be_present_in_element((By.ID, "progress"), "90 of about 120"))
    Run.objects.filter(pk=run.pk).update(status="done", finished_at=timezone.now(), rows=120)
    said = "return document.getElementById('progress-said').textContent"
    wait(browser).until(lambda driver: "5 of 5" in driver.execute_script(said))
    move(case, Stage.DECISIONS)
    wait(browser).until(
        until.text_to_be_present_in_element((By.CSS_SELECTOR, ".next"), "decisions are proposed")
    )


def test_the_queue_is_walked_by_j_and_k(
    browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    for _each in range(3):
        hand_in(operator)
    enter("/desk/", "caseworker")
    rows = [link.text for link in browser.find_elements(By.CSS_SELECTOR, ".cases tbody a")]
    for key, row in zip("jjjjkk", (0, 1, 2, 2, 1, 0), strict=True):
        browser.switch_to.active_element.send_keys(key)
        assert browser.switch_to.active_element.text == rows[row]
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait(browser).until(until.url_contains(rows[0]))


def test_letters_typed_into_the_search_stay_there(
    browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    hand_in(operator)
    enter("/desk/", "caseworker")
    box = browser.find_element(By.ID, "q")
    box.send_keys("jk")
    assert browser.switch_to.active_element == box
    assert box.get_attribute("value") == "jk"


def test_focus_stays_on_a_button_while_the_counts_move(
    browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    case = move(gathered(proven(hand_in(operator))), Stage.COLLECTION)
    run = case.runs.get(category="traffic")
    Run.objects.filter(pk=run.pk).update(status="running", finished_at=None, rows=10, expected=120)
    enter(case.get_absolute_url(), "caseworker")
    # In one breath: the list of sources is renewed all the time, and its buttons with it.
    browser.execute_script("document.getElementById(arguments[0]).focus()", f"pause-{run.pk}")
    Run.objects.filter(pk=run.pk).update(rows=90)
    wait(browser).until(until.text_to_be_present_in_element((By.ID, "progress"), "90 of about 120"))
    assert browser.execute_script("return document.activeElement.id") == f"pause-{run.pk}"


def test_what_is_shown_in_full_takes_the_focus(
    browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    case = move(proven(hand_in(operator)), Stage.DECISIONS)
    enter(case.get_absolute_url(), "caseworker")
    browser.find_element(By.CSS_SELECTOR, ".value button").send_keys(Keys.ENTER)
    # Asked in one breath: an element that is found first and read then may have been swapped in between.
    focused = "return document.activeElement.textContent"
    wait(browser).until(lambda driver: "astrid.berg@example.com" in driver.execute_script(focused))


def test_a_long_hash_is_copied_whole(
    browser: WebDriver, enter: Callable[..., None], operator: Operator, live_server: LiveServer
) -> None:
    hand_in(operator)
    enter("/desk/audit/", "auditor")
    for name in ("clipboard-read", "clipboard-write"):
        granted = {"permission": {"name": name}, "setting": "granted", "origin": live_server.url}
        browser.execute_cdp_cmd("Browser.setPermission", granted)
    button = browser.find_element(By.CSS_SELECTOR, "[data-copy]")
    whole = button.get_attribute("data-copy")
    button.click()
    wait(browser).until(lambda _driver: button.text == "Copied")
    assert browser.execute_async_script("navigator.clipboard.readText().then(arguments[0])") == whole

"""The desk in a real browser: accessible, usable by keyboard, and alive while sources answer."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chromium import chromium, overflow, resize, violations
from desk_cases import ERASURE, answered, gathered, hand_in, move, proven
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.ui import Select, WebDriverWait

from cases.models import Operator, Run, User
from cases.models.case import Stage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def browser(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[WebDriver]:
    dark = "theme" in request.fixturenames and request.getfixturevalue("theme") == "dark"
    with chromium(tmp_path / "profile", dark=dark) as driver:
        driver.implicitly_wait(0)
        yield driver


@pytest.fixture
def enter(
    browser: WebDriver, live_server: LiveServer, signed_in: Callable[..., Client]
) -> Callable[..., None]:
    """enter(path, "caseworker") opens a page as a signed-in member."""

    def go(path: str, *roles: str) -> None:
        cookie = signed_in(*roles).cookies["sessionid"].value
        browser.get(f"{live_server.url}/healthz")
        browser.add_cookie({"name": "sessionid", "value": cookie})
        browser.get(live_server.url + path)

    return go


def wait(browser: WebDriver) -> WebDriverWait[WebDriver]:
    return WebDriverWait(browser, 20)


def test_the_queue_is_accessible(
    theme: str, browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    for right in ("access", "erasure", "portability"):
        hand_in(operator, right)
    late = hand_in(operator)
    move(
        late,
        Stage.DECISIONS,
        due_on=timezone.localdate(),
        received_on="2026-01-01",
        blocked_by="source-failed",
    )
    enter("/desk/", "caseworker")
    assert violations(browser) == []


@pytest.mark.parametrize("stage", [Stage.VERIFICATION, Stage.COLLECTION, Stage.DECISIONS, Stage.APPROVAL])
def test_the_case_page_is_accessible(
    stage: str,
    theme: str,
    browser: WebDriver,
    enter: Callable[..., None],
    operator: Operator,
    member: Callable[..., User],
) -> None:
    case = gathered(proven(hand_in(operator, "erasure")), ERASURE)
    if stage == Stage.APPROVAL:
        answered(case, member("caseworker"))
    move(case, stage)
    enter(case.get_absolute_url(), "caseworker", "approver", "legal")
    for summary in browser.find_elements(By.CSS_SELECTOR, "details:not([open]) > summary"):
        summary.click()
    assert violations(browser) == []


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/desk/registers/tele2-se/", "auditor"),
        ("/desk/sources/", "auditor"),
        ("/desk/sources/tele2-se/crm/", "auditor"),
        ("/desk/orders/tele2-se/new/", "legal"),
        ("/desk/audit/", "auditor"),
        ("/desk/members/tele2-se/", "admin"),
        ("/desk/tasks/", "caseworker"),
        ("/accounts/password/change/", "caseworker"),
        ("/accounts/2fa/", "caseworker"),
    ],
)
def test_the_other_pages_are_accessible(
    path: str, role: str, browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    hand_in(operator)
    enter(path, role)
    assert violations(browser) == []


def test_no_page_is_wider_than_a_phone(
    browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    case = gathered(proven(hand_in(operator, "erasure")), ERASURE)
    resize(browser, 390)
    for path in (
        "/desk/",
        case.get_absolute_url(),
        "/desk/registers/tele2-se/",
        "/desk/sources/tele2-se/crm/",
    ):
        enter(path, "caseworker")
        assert overflow(browser) <= 0, path


def test_signing_in_by_keyboard(
    browser: WebDriver, live_server: LiveServer, member: Callable[..., User]
) -> None:
    user = member("caseworker")
    user.set_password("a long enough password")
    user.save()
    browser.get(f"{live_server.url}/desk/")
    assert violations(browser) == []
    browser.switch_to.active_element.send_keys("caseworker", Keys.TAB, "a long enough password", Keys.ENTER)
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
    wait(browser).until(
        lambda driver: "5 of 5" in driver.find_element(By.ID, "progress-said").get_attribute("textContent")
    )
    move(case, Stage.DECISIONS)
    wait(browser).until(
        until.text_to_be_present_in_element((By.CSS_SELECTOR, ".next"), "decisions are proposed")
    )

"""The desk in a real browser: accessible, and never wider than the window."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from cases.models import Operator, ProposedRole, User
from cases.models.case import Stage
from tests.chromium import overflow, resize, unfold, violations
from tests.operators.placed import ERASURE, Gathered, answered, gathered, hand_in, move, proven

NOTES = (Gathered("crm", "service-note", "correspondence", (("review", "", None, 3),), key="note_id"),)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def wide(browser: WebDriver) -> list[str]:
    """What sticks out of the window, for the message of a failing test."""
    script = """return [...document.querySelectorAll('main *')].filter((one) => !one.closest('.scroll') &&
        one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.outerHTML.slice(0, 120))"""
    return list(browser.execute_script(script))


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
    staff: Callable[..., User],
) -> None:
    case = gathered(proven(hand_in(operator, "erasure")), ERASURE)
    if stage == Stage.APPROVAL:
        answered(case, staff("caseworker"))
    move(case, stage)
    enter(case.get_absolute_url(), "caseworker", "approver", "legal")
    unfold(browser)
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
        ("/accounts/password/reset/", "caseworker"),
        ("/accounts/logout/", "caseworker"),
    ],
)
def test_the_other_pages_are_accessible(
    path: str, role: str, browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    hand_in(operator)
    enter(path, role)
    assert violations(browser) == []


@pytest.mark.parametrize("right", ["rectification", "automated-decision"])
def test_the_sections_of_particular_rights_are_accessible(
    right: str, theme: str, browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    case = gathered(proven(hand_in(operator, right)), NOTES)
    run = case.runs.get()
    paths = [
        case.get_absolute_url(),
        reverse("desk:rows", args=[case.reference, run.pk]),
        reverse("desk:change", args=[case.reference, case.decisions.get().pk]),
    ]
    if right == "rectification":
        paths.append(reverse("desk:correct", args=[case.reference, run.pk, 0]))
    for path in paths:
        enter(path, "caseworker")
        unfold(browser)
        assert violations(browser) == [], path


@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_no_page_is_wider_than_a_phone(
    language: str, browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    case = gathered(proven(hand_in(operator, "erasure")), ERASURE)
    correction = gathered(proven(hand_in(operator, "rectification", email="b@example.com")), NOTES)
    resize(browser, 390)
    for path in (
        "/desk/",
        "/desk/tasks/",
        "/desk/members/tele2-se/",
        case.get_absolute_url(),
        correction.get_absolute_url(),
        reverse("desk:correct", args=[correction.reference, correction.runs.get().pk, 0]),
        "/desk/registers/tele2-se/",
        "/desk/sources/",
        "/desk/sources/tele2-se/crm/",
        "/accounts/password/change/",
    ):
        enter(path, "caseworker", "admin")
        browser.add_cookie({"name": "django_language", "value": language})
        browser.refresh()
        unfold(browser)
        assert overflow(browser) <= 0, (path, wide(browser))


@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_the_stations_of_the_line_all_stand_on_a_phone(
    language: str, browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    """Also the last ones: nobody has to scroll sideways to see where the case is."""
    case = move(gathered(proven(hand_in(operator, "erasure")), ERASURE), Stage.DELIVERY)
    resize(browser, 360)
    enter(case.get_absolute_url(), "caseworker")
    browser.add_cookie({"name": "django_language", "value": language})
    browser.refresh()
    current = browser.find_element(By.CSS_SELECTOR, ".stations [aria-current=step]")
    assert current.rect["x"] + current.rect["width"] <= 360
    hidden = "const line = document.querySelector('.stations'); return line.scrollWidth - line.clientWidth"
    assert browser.execute_script(hidden) <= 0


def test_what_is_too_small_to_hit_would_be_noticed(
    browser: WebDriver, enter: Callable[..., None], operator: Operator
) -> None:
    """WCAG 2.2, 2.5.8: the pages above are held to it; here is the proof that the check can fail."""
    case = move(gathered(proven(hand_in(operator))), Stage.DECISIONS)
    enter(case.get_absolute_url(), "caseworker")
    squeeze = (
        "document.querySelectorAll('.acts').forEach((one) => (one.style.cssText = 'transform: scale(0.3)'))"
    )
    browser.execute_script(squeeze)
    assert any(found.startswith("target-size") for found in violations(browser))


@pytest.mark.parametrize("width", [390, 1280])
def test_members_and_roles_to_confirm_are_accessible_and_fit(
    width: int,
    theme: str,
    browser: WebDriver,
    enter: Callable[..., None],
    operator: Operator,
    staff: Callable[..., User],
) -> None:
    resize(browser, width)
    staff("cleared", "caseworker", name="a-cleared-officer-with-a-long-name")
    maja = staff("caseworker", name="maja")
    User.objects.filter(pk=maja.pk).update(email="maja.lindqvist-bergstrom@telecom.example.org")
    ProposedRole.objects.create(user=maja, operator=operator, role="cleared", proposed_by=staff("admin"))
    for path, role in (("/desk/members/tele2-se/", "admin"), ("/desk/roles/", "cleared")):
        enter(path, role)
        assert "maja" in browser.page_source
        assert violations(browser) == []
        assert overflow(browser) <= 0, wide(browser)

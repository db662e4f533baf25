"""The pages on which something is settled fit a phone and a desk, and nobody is shut out of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from selenium.webdriver.remote.webdriver import WebDriver

from cases.casework.commands import assign
from cases.models import Case, Operator, User
from cases.models.case import Stage
from cases.orders.court_orders import register_order
from tests.chromium import look
from tests.operators.placed import gathered, hand_in, move, proven

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
Staff = Callable[..., User]


def open_again(operator: Operator) -> Case:
    """A case with something to look at, one decision of which an order opened again."""
    case = gathered(proven(hand_in(operator)))
    first, second = case.decisions.all()[:2]
    first.review = {"code": "review.balance"}
    first.save()
    second.before = {"outcome": "withhold", "proposed": "give", "rule": "SE-LEK-ORDER", "changed": True}
    second.before_reason = "Another person's."
    second.save()
    return case


def orders(operator: Operator, by: User) -> list[str]:
    """The pages to end one order and to note the notice of another as sent."""
    months_ago = timezone.localdate() - timedelta(days=40)
    about = {"kind": "customer_no", "value": "C1", "court": "PMD"}
    pending = register_order(
        operator, by=by, rule="SE-IPRED-PENDING", court_case="PMT 1-26", served_on=months_ago, **about
    )
    told = register_order(
        operator, by=by, rule="SE-IPRED-NOTICE", court_case="PMT 2-26", handed_over_on=months_ago, **about
    )
    return [reverse("desk:order-end", args=[pending.pk]), reverse("exports:notice-sent", args=[told.pk])]


def test_they_fit_and_are_read_by_everybody(
    browser: WebDriver, enter: Callable[..., None], operator: Operator, staff: Staff
) -> None:
    case, other, ada = open_again(operator), proven(hand_in(operator)), staff("caseworker", name="ada")
    assign(other, to=ada, by=ada)
    claims = move(proven(hand_in(operator)), Stage.MATCHING)
    claims.claimed.update(confirmed_at=None)
    closed = move(hand_in(operator), Stage.CLOSED, outcome="withdrawn", closed_at=timezone.now())
    move(gathered(proven(hand_in(operator))), Stage.DECISIONS, blocked_by="returned")
    end, sent = orders(operator, staff("legal"))
    claim = claims.claimed.all()[0]
    pages = {
        "queue": reverse("desk:queue"),
        "open-again": case.get_absolute_url(),
        "withdraw": reverse("desk:withdraw", args=[case.reference]),
        "reopen": reverse("desk:reopen", args=[closed.reference]),
        "claim": reverse("desk:claim", args=[claims.reference, claim.pk]),
        "handing-over": f"{reverse('desk:handing-over', args=[operator.pk])}?of={ada.pk}",
        "alike": reverse("desk:alike", args=[case.reference, other.pk]),
        "order-end": end,
        "notice-sent": sent,
        "tasks": reverse("desk:tasks"),
    }
    for name, url in pages.items():
        enter(url, "caseworker", "legal")
        look(browser, name)
    enter(case.get_absolute_url(), "auditor")
    look(browser, "trail")

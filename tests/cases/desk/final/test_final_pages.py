"""What cannot be undone takes a page that says what follows, and asks what shows it. One click does nothing."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Operator, Order, Task, User
from cases.orders.court_orders import register_order

pytestmark = pytest.mark.django_db


def test_taken_back_and_opened_again_at_the_desk(review_case: Case, signed_in: Callable[..., Client]) -> None:
    case, client = review_case, signed_in("caseworker")
    back, again = (reverse(f"desk:{name}", args=[case.reference]) for name in ("withdraw", "reopen"))
    assert "nothing to reopen" in client.get(again).content.decode()
    assert "destroyed within the hour" in client.get(back).content.decode()
    assert client.post(back).status_code == 422
    case.refresh_from_db()
    assert case.stage == "decisions"
    told = {"on": timezone.localdate().isoformat(), "reason": "By phone, called back."}
    assert "By phone, called back." in client.post(back, told, follow=True).content.decode()
    assert "Open the case again" in client.get(case.get_absolute_url()).content.decode()
    assert "Taken back on" in client.get(again).content.decode()
    assert client.post(again, told).status_code == 422
    client.post(again, told | {"kind": "ours"})
    case.refresh_from_db()
    assert case.stage == "matching"


def test_an_order_ends_for_a_reason_and_by_a_decision(
    signed_in: Callable[..., Client], staff: Callable[..., User], operator: Operator
) -> None:
    order = register_order(
        operator, by=staff("legal"), rule="SE-IPRED-PENDING", kind="customer_no", value="C1",
        court="PMD", court_case="PMT 1-26", served_on=date(2026, 8, 31),
    )  # fmt: skip
    client, page = signed_in("legal"), reverse("desk:order-end", args=[order.pk])
    assert "can&#x27;t be put in force again" in client.get(page).content.decode()
    assert client.post(page).status_code == 422
    assert "Write the number of the decision" in client.post(page, {"because": "lifted"}).content.decode()
    client.post(page, {"because": "lifted", "decision": "PMÖ 7-26"})
    order.refresh_from_db()
    assert (order.ended_because, order.ended_case) == ("lifted", "PMÖ 7-26")


def test_the_subscriber_is_told_on_a_day_of_the_window_and_not_by_ticking_a_task_off(
    signed_in: Callable[..., Client], staff: Callable[..., User], operator: Operator
) -> None:
    today = timezone.localdate()
    order = register_order(
        operator, by=staff("legal"), rule="SE-IPRED-NOTICE", kind="customer_no", value="C1",
        court="PMD", court_case="PMT 1-26", handed_over_on=today - timedelta(days=40),
    )  # fmt: skip
    client, task = signed_in("legal"), order.tasks.get()
    ticked = client.post(reverse("desk:task-done", args=[task.pk]), follow=True).content.decode()
    assert "on which day the letter was posted" in ticked
    assert Task.objects.get().done_at is None
    page = reverse("exports:notice-sent", args=[order.pk])
    assert "No letter was made here" in client.get(page).content.decode()
    for day, said in (
        (today - timedelta(days=20), "may be sent from"),
        (today + timedelta(days=1), "still to come"),
    ):
        assert said in client.post(page, {"on": day.isoformat()}).content.decode()
    client.post(page, {"on": (today - timedelta(days=1)).isoformat()})
    assert Order.objects.get().notice_sent_on == today - timedelta(days=1)
    assert Task.objects.get().done_by == staff("legal")


def test_no_task_is_done_by_the_click_that_names_it(
    review_case: Case, signed_in: Callable[..., Client]
) -> None:
    Task.objects.create(operator=review_case.operator, case=review_case, kind="leads-nowhere")
    page = signed_in("caseworker").get(reverse("desk:tasks")).content.decode()
    before, _it, after = page.partition("It is done</button>")
    # Folded in, below what follows.
    assert after
    assert "leaves the list for good" in before.rpartition("<details")[2]
    assert "Done</button>" not in page

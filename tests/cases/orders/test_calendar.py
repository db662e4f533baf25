"""The legal calendar: what ends when, told as a task before it does, and of secret orders nothing."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases.desk.wording import words
from cases.law.calendars import add_months
from cases.law.ending import End, Ending, ends_of_law
from cases.models import Operator, Order, ScheduledErasure, Task, User
from cases.orders import calendar
from cases.registers.settings import Period, Settings
from tests.operators.placed import hand_in
from tests.operators.sealed import registered

ONE = timedelta(days=1)
REVIEW = Settings().law_review_due
YEARS = (
    Period(first=date(2025, 3, 30), last=date(2026, 3, 29), law="BEK 1"),
    Period(first=date(2026, 3, 30), last=date(2027, 3, 29), law="BEK 2"),
)


def test_of_the_yearly_danish_orders_the_last_one_ends() -> None:
    settings = Settings(general_logging_mandates=YEARS)
    found = ends_of_law(settings, ("DK",), "telenor-dk")
    assert End(Ending.MANDATE, date(2027, 3, 29), "BEK 2") in found
    assert [end.about for end in found if end.kind == Ending.MANDATE] == ["BEK 2"]
    # Sweden has no such order, and who says that one is always in force has none that ends.
    for other in (
        ends_of_law(settings, ("SE",), "tele2-se"),
        ends_of_law(Settings(general_logging_mandates=YEARS, general_logging_mandate=True), ("DK",), "x"),
    ):
        assert not [end for end in other if end.kind == Ending.MANDATE]


def test_a_rule_with_a_last_day_ends_where_it_is_the_law() -> None:
    ends = {end.about for end in ends_of_law(Settings(), ("DK",), "telenor-dk") if end.kind == Ending.RULE}
    assert ends == {"DK-BFL"}
    assert ends_of_law(Settings(), ("SE",), "tele2-se") == [End(Ending.REVIEW, REVIEW)]


@pytest.fixture
def notice(operator: Operator, staff: Callable[..., User]) -> Order:
    """Handed over on 1 February: the notice goes between 1 March and 1 May."""
    return Order.objects.create(
        operator=operator,
        rule="SE-IPRED-NOTICE",
        secret=False,
        court_case="PMT 1-27",
        identifier_kind="msisdn",
        identifier_digest="d" * 64,
        handed_over_on=date(2027, 2, 1),
        registered_by=staff("legal"),
    )


@pytest.mark.django_db
def test_what_ends_stands_in_order_of_its_days(operator: Operator, notice: Order) -> None:
    for until, rule in ((date(2027, 3, 31), "SE-CLAIM"), (date(2027, 12, 31), "SE-BFL")):
        ScheduledErasure.objects.create(
            case=hand_in(operator, email=f"{rule}@example.com"), source="crm", collection="customer", rule=rule,
            until=until, name="x", rows=3,
        )  # fmt: skip
    found = calendar.entries(operator, date(2027, 3, 1))
    assert [(one.on, one.kind, one.about) for one in found] == [
        (REVIEW, "law-review", ""),
        (date(2027, 3, 31), "kept-until", "SE-CLAIM"),
        (date(2027, 5, 1), "notice-window", "SE-IPRED-NOTICE"),
    ]
    assert (found[1].count, found[2].opens) == (1, date(2027, 3, 1))
    notice.notice_sent_on = date(2027, 3, 2)
    notice.save()
    ScheduledErasure.objects.update(erased_at=timezone.now())
    assert [one.kind for one in calendar.entries(operator, date(2027, 3, 1))] == ["law-review"]


@pytest.mark.django_db
def test_a_task_tells_it_once_before_it_ends(
    operator: Operator, notice: Order, staff: Callable[..., User]
) -> None:
    assert calendar.tell_all(REVIEW - 31 * ONE) == 0
    assert calendar.tell_all(REVIEW - 30 * ONE) == 1
    task = Task.objects.get(kind="law-review")
    assert (task.operator, task.case, task.due_on) == (operator, None, REVIEW)
    assert calendar.tell_all(REVIEW - 30 * ONE) == 0
    task.done_at, task.done_by = timezone.now(), staff("caseworker")
    task.save()
    assert calendar.tell_all(REVIEW) == 0
    assert calendar.tell_all(REVIEW + ONE) == 0
    limited = Order.objects.create(
        operator=operator, rule="SE-IPRED-PENDING", secret=False, identifier_kind="msisdn", days=30,
        identifier_digest="e" * 64, decided_on=date(2027, 6, 1), registered_by=notice.registered_by,
    )  # fmt: skip
    assert calendar.tell_all(date(2027, 6, 16)) == 0
    assert calendar.tell_all(date(2027, 6, 17)) == 1
    assert limited.tasks.get().due_on == date(2027, 7, 1)


@pytest.mark.django_db
def test_a_review_whose_day_has_passed_stands_over_and_is_told_of(operator: Operator) -> None:
    """The clock stood still that month, or the register came with a day that was past."""
    assert [one.on for one in calendar.entries(operator, REVIEW + 60 * ONE)] == [REVIEW]
    # One that has no register yet keeps nobody else from being told.
    Operator.objects.create(slug="a-new-one", name="New")
    assert calendar.tell_all(REVIEW + 60 * ONE) == 1
    assert calendar.tell_all(REVIEW + 61 * ONE) == 0


@pytest.mark.django_db
def test_of_a_secret_order_there_is_nothing(
    operator: Operator, staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    cleared, legal = signed_in("cleared"), signed_in("legal")
    without = [calendar.entries(operator, REVIEW), legal.get("/desk/calendar/").context["books"][0].entries]
    registered(
        operator,
        rule="SE-RB27-16",
        court_case="B 1-27",
        identifier_kind="msisdn",
        identifier_digest="d" * 64,
        decided_on=timezone.localdate(),
        days=20,
        registered_by=staff("cleared", name="eva"),
    )
    assert [
        calendar.entries(operator, REVIEW),
        legal.get("/desk/calendar/").context["books"][0].entries,
    ] == without
    assert "B 1-27" not in cleared.get("/desk/calendar/").content.decode()
    assert calendar.tell_all(timezone.localdate() + 10 * ONE) == Task.objects.count()
    assert not Task.objects.filter(kind="order-ends").exists()


@pytest.mark.django_db
def test_the_page_says_it_in_words(notice: Order, signed_in: Callable[..., Client]) -> None:
    today = timezone.localdate()
    Order.objects.filter(pk=notice.pk).update(handed_over_on=today)
    page = signed_in("legal").get("/desk/calendar/").content.decode()
    assert "PMT 1-27" in page
    assert "The window for the notice to the subscriber ends" in page
    assert f"not before {words.day(add_months(today, 1))}" in page

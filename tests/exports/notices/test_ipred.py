"""The notice to a subscriber after an Ipred hand-over: from one to three months, never outside (53 f § URL)."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from cases.casework.workflow import Refusal
from cases.models import AuditEntry, Operator, Order
from cases.orders.court_orders import register_order, tell_subscriber
from exports.notices import rights_holder
from tests.operators.line import Staff, said
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db
HANDED_OVER, OPENS, ENDS = date(2026, 8, 31), date(2026, 9, 30), date(2026, 11, 30)


@pytest.fixture
def scene() -> Scene:
    return TELLING


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Makes it noon of that day, in Sweden."""

    def travel(day: date) -> None:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Europe/Stockholm"))
        monkeypatch.setattr(timezone, "now", lambda: noon)

    return travel


@pytest.fixture
def order(operator: Operator, staff: Staff, on: Callable[[date], None]) -> Order:
    on(HANDED_OVER)
    return register_order(
        operator, by=staff("legal"), rule="SE-IPRED-NOTICE", kind="customer_no", value="C1",
        court="Patent- och marknadsdomstolen", court_case="PMT 1-26", handed_over_on=HANDED_OVER,
    )  # fmt: skip


def letter(order: Order, language: str = "en") -> str:
    written = rights_holder.notice_letter(
        order, name="Anna Test", address=("Storgatan 1",), rights_holder="Filmbolaget AB", language=language
    )
    return said(written)


@pytest.mark.parametrize(
    ("day", "opened"),
    [(date(2026, 9, 29), False), (OPENS, True), (ENDS, True), (date(2026, 12, 1), False)],
)
def test_the_window_opens_after_a_month_and_shuts_after_three(
    order: Order, on: Callable[[date], None], day: date, opened: bool
) -> None:
    on(day)
    assert rights_holder.is_open(order) is opened
    if opened:
        assert "Filmbolaget AB" in letter(order)
    else:
        with pytest.raises(Refusal, match="notice-window"):
            letter(order)


@pytest.mark.parametrize("day", [date(2026, 9, 29), date(2026, 12, 1)])
def test_it_cannot_be_marked_as_sent_outside_the_window(
    order: Order, on: Callable[[date], None], staff: Staff, day: date
) -> None:
    on(day)
    with pytest.raises(Refusal, match="notice-window"):
        tell_subscriber(order, on=day, by=staff("legal"))
    order.refresh_from_db()
    assert order.notice_sent_on is None


def test_sent_ends_the_order_and_its_task_once(
    order: Order, on: Callable[[date], None], staff: Staff
) -> None:
    on(ENDS)
    assert (order.tasks.get().opens_on, order.tasks.get().due_on) == (OPENS, ENDS)
    with pytest.raises(Refusal, match="notice-window"):
        tell_subscriber(order, on=date(2026, 9, 29), by=staff("legal"))
    tell_subscriber(order, on=ENDS, by=staff("legal"))
    order.refresh_from_db()
    assert order.notice_sent_on == ENDS
    assert order.tasks.get().done_by == staff("legal")
    with pytest.raises(Refusal, match="already-decided"):
        tell_subscriber(order, on=ENDS, by=staff("legal"))


@pytest.mark.parametrize(
    ("language", "handed"),
    [
        ("sv", "Den 31 augusti 2026 lämnade vi ut ditt namn"),
        ("da", "Den 31. august 2026 gav vi dit navn"),
        ("en", "On 31 August 2026 we gave your name"),
    ],
)
def test_it_says_what_was_handed_over_to_whom_and_why(
    order: Order, on: Callable[[date], None], language: str, handed: str
) -> None:
    on(OPENS)
    text = letter(order, language)
    assert handed in text
    assert "PMT 1-26" in text
    assert "imy@imy.se" in text


@pytest.mark.pango
def test_the_letter_is_written_by_legal_officers_and_leaves_no_name(
    order: Order, on: Callable[[date], None], staff: Staff
) -> None:
    on(OPENS)
    about = {
        "name": "Anna Test",
        "address": ("Storgatan 1",),
        "rights_holder": "Filmbolaget AB",
        "language": "sv",
    }
    written = rights_holder.write_notice(order, **about, by=staff("legal"))  # type: ignore[arg-type]
    assert written.startswith(b"%PDF")
    entry = AuditEntry.objects.get(action="notice.written")
    assert "Anna" not in str(entry.data)
    with pytest.raises(Exception, match="register-orders"):
        rights_holder.write_notice(order, **about, by=staff("caseworker"))  # type: ignore[arg-type]

"""What the law keeps goes by itself the day after its last day, unless something newer keeps it on."""

import sqlite3
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from stages_by_hand import approve, work

from cases import orders, schedule, vault
from cases.execution import execute
from cases.expiry import erase_due
from cases.models import AuditEntry, Case, Operator, Order, ScheduledErasure, Task, User
from cases.models.keys import KeyUse

pytestmark = pytest.mark.django_db
BOOKKEEPING = date(2033, 12, 31)
DAY = timedelta(days=1)


@pytest.fixture
def kept(ask: Callable[..., Case], staff: Callable[..., User]) -> Case:
    """Erased as far as it may be: an invoice stays for the books, the customer card while the claim is open."""
    case = approve(work(ask("erasure", "bo@example.com")), staff("caseworker"))
    execute(case.pk)
    case.refresh_from_db()
    return case


def invoices(crm: sqlite3.Connection) -> list[str]:
    return [row[0] for row in crm.execute("SELECT no FROM invoice ORDER BY no")]


def test_it_goes_the_day_after_and_not_before(kept: Case, crm: sqlite3.Connection) -> None:
    assert kept.scheduled.get(collection="invoice").until == BOOKKEEPING
    erase_due(BOOKKEEPING)
    assert invoices(crm) == ["F1", "F2"]
    assert erase_due(BOOKKEEPING + DAY) == 1
    assert invoices(crm) == ["F1"]
    entry = AuditEntry.objects.filter(action="rows.erased-on-schedule").latest("number")
    assert (entry.data["rule"], entry.data["rows"]) == ("SE-BFL", 1)


def test_it_goes_once(kept: Case) -> None:
    assert erase_due(BOOKKEEPING + DAY) == 2
    assert erase_due(BOOKKEEPING + DAY) == 0


def test_it_goes_although_what_was_gathered_is_long_destroyed(kept: Case, crm: sqlite3.Connection) -> None:
    """The keys and the holds are the schedule's own; the contract's end and the claims stand with the case."""
    vault.destroy(kept, KeyUse.COLLECTED)
    vault.destroy(kept, KeyUse.FILE)
    for run in kept.runs.all():
        run.chunks.all().delete()
    assert erase_due(BOOKKEEPING + DAY) == 2
    assert invoices(crm) == ["F1"]


def test_an_order_that_came_later_keeps_it_until_it_ends(
    kept: Case, crm: sqlite3.Connection, staff: Callable[..., User], operator: Operator
) -> None:
    order = orders.register_order(
        operator,
        by=staff("legal"),
        rule="SE-IPRED-PENDING",
        kind="customer_no",
        value="C2",
        served_on=date(2033, 6, 1),
    )
    erase_due(BOOKKEEPING + DAY)
    assert invoices(crm) == ["F1", "F2"]
    [waiting] = kept.scheduled.filter(collection="invoice", erased_at=None)
    assert (waiting.rule, waiting.until) == ("SE-IPRED-PENDING", None)
    erase_due(BOOKKEEPING + 2 * DAY)
    assert invoices(crm) == ["F1", "F2"]
    Order.objects.filter(pk=order.pk).update(ended_on=date(2034, 1, 10))
    assert erase_due(date(2034, 3, 1)) >= 1
    assert invoices(crm) == ["F1"]


def test_a_secret_order_that_came_later_keeps_it_and_nobody_sees_that(
    kept: Case, crm: sqlite3.Connection, staff: Callable[..., User], operator: Operator
) -> None:
    orders.register_order(
        operator,
        by=staff("cleared"),
        rule="SE-LEK-ORDER",
        kind="customer_no",
        value="C2",
        decided_on=date(2033, 12, 1),
        days=90,
    )
    erase_due(BOOKKEEPING + DAY)
    assert invoices(crm) == ["F1", "F2"]
    shown = kept.scheduled.get(collection="invoice")
    assert (shown.erased, shown.rows, shown.erased_at is not None) == (1, 1, True)
    secret = ScheduledErasure.everything.get(secret=True, collection="invoice")
    assert (secret.rule, secret.until) == ("SE-LEK-ORDER", date(2034, 3, 1))
    assert erase_due(date(2034, 3, 2)) >= 1
    assert invoices(crm) == ["F1"]
    open_steps = AuditEntry.objects.filter(stream="open", case=kept.reference)
    assert "SE-LEK-ORDER" not in str(list(open_steps.values_list("data", flat=True)))


def test_two_holds_that_end_on_one_day_are_counted_apart(
    ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    crm.execute("UPDATE invoice SET issued_on = '2026-02-01' WHERE no = 'F1'")
    crm.execute("UPDATE invoice SET customer_no = 'C2', status = 'paid' WHERE no = 'F1'")
    case = approve(work(ask("erasure", "bo@example.com")), staff("caseworker"))
    execute(case.pk)
    assert sum(case.scheduled.filter(collection="invoice").values_list("rows", flat=True)) == 2
    erase_due(date(2040, 1, 1))
    assert invoices(crm) == []
    assert all(one.erased == one.rows for one in case.scheduled.all())


def test_a_source_that_is_down_is_tried_again_and_a_person_is_told(
    kept: Case, crm: sqlite3.Connection, away: Callable[[bool], None]
) -> None:
    away(True)
    assert erase_due(BOOKKEEPING + DAY) == 0
    assert kept.scheduled.exclude(error="").count() == 2
    assert set(Task.objects.values_list("kind", "detail")) == {
        ("scheduled-erasure-failed", "crm/customer"), ("scheduled-erasure-failed", "crm/invoice"),
    }  # fmt: skip
    away(False)
    assert erase_due(BOOKKEEPING + DAY) == 2
    assert not kept.scheduled.exclude(error="").exists()


def test_the_last_row_takes_the_key_with_it(kept: Case) -> None:
    erase_due(date(2029, 10, 6))
    assert kept.keys.get(use=KeyUse.SCHEDULE).wrapped is not None
    erase_due(BOOKKEEPING + DAY)
    assert kept.keys.get(use=KeyUse.SCHEDULE).wrapped is None
    with pytest.raises(vault.KeyDestroyed):
        vault.identity(kept, KeyUse.SCHEDULE)


def test_what_a_running_contract_needs_is_not_scheduled(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = approve(work(ask("erasure", "anna@example.com")), staff("caseworker"))
    execute(case.pk)
    assert "CONTRACT" not in set(ScheduledErasure.everything.values_list("rule", flat=True))
    assert schedule.CONTRACT == "CONTRACT"

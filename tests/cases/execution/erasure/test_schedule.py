"""What the law keeps goes by itself the day after its last day, unless something newer keeps it on."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pyrage
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases.execution.carrying_out import execute
from cases.execution.erasure import expiry, schedule
from cases.execution.erasure.expiry import erase_due
from cases.models import AuditEntry, Case, Operator, Order, ScheduledErasure, Task, User
from cases.models.keys import KeyUse
from cases.orders import court_orders, extensions
from cases.rows.sealed_keys import Head
from cases.sealed import vault
from cases.sources.configured import sources_of
from tests.operators.by_hand import approve, work
from tests.operators.scenes import SMALL
from tests.operators.sealed import scheduled

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
    order = court_orders.register_order(
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


def secret_order(operator: Operator, by: User, legal: User) -> None:
    """It came just before the books' last day and holds until the first of March; two officers let it name invoices."""
    extension = extensions.propose(operator, rule_id="SE-LEK-ORDER", category="invoices", by=legal)
    extensions.confirm(extension, by=by)
    court_orders.register_order(
        operator,
        by=by,
        rule="SE-LEK-ORDER",
        kind="customer_no",
        value="C2",
        categories=["invoices"],
        decided_on=date(2033, 12, 1),
        days=90,
    )


def test_a_secret_order_that_came_later_keeps_it_and_nobody_sees_that(
    kept: Case, crm: sqlite3.Connection, staff: Callable[..., User], operator: Operator
) -> None:
    secret_order(operator, staff("cleared"), staff("legal"))
    assert erase_due(BOOKKEEPING + DAY) == 2
    assert invoices(crm) == ["F1", "F2"]
    shown = kept.scheduled.get(collection="invoice")
    assert (shown.erased, shown.rows, shown.erased_at is not None) == (1, 1, True)
    [secret] = scheduled(operator)
    assert secret.collection == "invoice"
    assert (secret.rule, secret.until) == ("SE-LEK-ORDER", date(2034, 3, 1))
    assert erase_due(date(2034, 3, 2)) == 0
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


def test_a_source_that_is_down_shows_with_a_secret_order_as_without(
    kept: Case,
    crm: sqlite3.Connection,
    staff: Callable[..., User],
    operator: Operator,
    away: Callable[[bool], None],
) -> None:
    """What the order keeps is not erased, and its source is asked all the same."""
    secret_order(operator, staff("cleared"), staff("legal"))
    away(True)
    assert erase_due(BOOKKEEPING + DAY) == 0
    assert kept.scheduled.exclude(error="").count() == 2
    assert Task.objects.filter(detail="crm/invoice").exists()
    away(False)
    assert erase_due(BOOKKEEPING + DAY) == 2
    assert invoices(crm) == ["F1", "F2"]


def command(day: date = BOOKKEEPING + DAY, *, fails: bool) -> list[str]:
    """What an operator reads when `manage.py erase_due` runs on that day, and whether it fails."""
    said, noon = StringIO(), datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    with pytest.MonkeyPatch.context() as clock, pytest.raises(CommandError) if fails else nullcontext():
        clock.setattr(timezone, "now", lambda: noon)
        call_command("erase_due", "--on", str(day), stdout=said)
    return said.getvalue().splitlines()


def test_the_command_erases_nothing_ahead(kept: Case, crm: sqlite3.Connection) -> None:
    before, said = list(crm.iterdump()), StringIO()
    call_command("erase_due", "--on", str(BOOKKEEPING + DAY), stdout=said)
    assert said.getvalue().splitlines() == [
        "2034-01-01 has not come: nothing is erased. Due by then, unless the law keeps it longer:",
        "tele2-se crm/customer: 1 rows",
        "tele2-se crm/invoice: 1 rows",
        "2 rows",
    ]
    assert list(crm.iterdump()) == before
    assert kept.scheduled.filter(erased_at=None).count() == 2


def test_the_command_says_which_due_rows_wait_while_a_source_is_down(
    kept: Case, away: Callable[[bool], None]
) -> None:
    away(True)
    assert command(fails=True) == [
        "0 rows erased",
        "tele2-se crm/customer: 1 rows wait: The source does not answer",
        "tele2-se crm/invoice: 1 rows wait: The source does not answer",
    ]
    away(False)
    assert command(fails=False) == ["2 rows erased"]


def test_the_command_says_which_due_rows_wait_without_their_collection(
    kept: Case, configured: Callable[[str], None]
) -> None:
    configured(SMALL.connectors.replace('key = "invoice"', 'key = "bills"'))
    assert command(fails=True) == [
        "1 rows erased", "tele2-se crm/invoice: 1 rows wait: It has left the configuration",
    ]  # fmt: skip


def test_the_command_says_which_due_rows_wait_without_their_operators_folder(kept: Case) -> None:
    shutil.rmtree(settings.OPERATORS_DIR / "tele2-se")
    sources_of.cache_clear()
    gone = "1 rows wait: its operator's connectors.toml is gone or not valid"
    assert command(fails=True) == [
        "0 rows erased", f"tele2-se crm/customer: {gone}", f"tele2-se crm/invoice: {gone}",
    ]  # fmt: skip


def test_the_command_says_nothing_of_rows_under_a_secret_rule(
    kept: Case,
    crm: sqlite3.Connection,
    staff: Callable[..., User],
    operator: Operator,
    away: Callable[[bool], None],
) -> None:
    secret_order(operator, staff("cleared"), staff("legal"))
    assert command(fails=False) == ["2 rows erased"]
    away(True)
    assert command(date(2034, 3, 2), fails=False) == ["0 rows erased"]
    assert all(one.error for one in scheduled(operator))
    away(False)
    assert command(date(2034, 3, 2), fails=False) == ["0 rows erased"]
    assert invoices(crm) == ["F1"]


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
    assert "CONTRACT" not in set(ScheduledErasure.objects.values_list("rule", flat=True))
    assert schedule.CONTRACT == "CONTRACT"


@pytest.mark.parametrize("error", [pyrage.DecryptError("x"), KeyError("unforeseen")])
def test_an_entry_that_nobody_can_read_keeps_no_other(
    kept: Case, crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A file sealed under another key, or what nobody foresaw."""
    read = expiry.read_head

    def breaks(one: ScheduledErasure) -> Head:
        if one.collection == "customer":
            raise error
        return read(one)

    monkeypatch.setattr(expiry, "read_head", breaks)
    assert erase_due(BOOKKEEPING + DAY) == 1
    assert invoices(crm) == ["F1"]
    assert kept.scheduled.get(collection="customer").error == type(error).__name__
    assert kept.tasks.get(kind="scheduled-erasure-failed").detail == "crm/customer"

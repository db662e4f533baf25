"""Erasing from tables that refer to one another, that cannot take what is written, and whose rows have moved on."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import psycopg
import pytest
from django.conf import settings
from django.utils import timezone

from cases.execution import failed_actions
from cases.execution.carrying_out import execute
from cases.execution.erasure import expiry
from cases.models import Action, AuditEntry, Case, Operator, ScheduledErasure, User

pytestmark = pytest.mark.django_db
TABLES = """
    DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;
    CREATE TABLE customer (no text PRIMARY KEY, email text, left_on date);
    CREATE TABLE subscription (id int PRIMARY KEY, customer_no text CONSTRAINT of_customer REFERENCES customer);
    CREATE TABLE call (
        id int PRIMARY KEY, subscription_id int CONSTRAINT of_subscription REFERENCES subscription,
        customer_no text NOT NULL, msisdn text, started_at timestamptz
    );
    CREATE TABLE invoice (no text PRIMARY KEY, customer_no text, issued_on date);
    INSERT INTO customer VALUES ('C1', 'anna@example.com', '2026-01-31'), ('C2', 'bo@example.com', NULL);
    INSERT INTO subscription VALUES (1, 'C1'), (2, 'C2');
    INSERT INTO call SELECT n, 1, 'C1', '+461', '2025-06-01' FROM generate_series(1, 5) n;
    INSERT INTO call VALUES (9, 2, 'C2', '+462', '2025-06-01');
    INSERT INTO invoice VALUES ('F1', 'C1', '2025-12-31'), ('F2', 'C2', '2025-12-31');
"""
SOURCE = """
[[source]]
key = "crm"
NAME
kind = "sql"
url = "env:TABLES_URL"
time_zone = "Europe/Stockholm"
"""
CUSTOMER = """
[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "customer"
key_columns = ["no"]
find = { email = "email", customer_no = "no" }
link = ["email"]
contract_end = "left_on"
on_erase = "delete"
yields = [{ kind = "customer_no", column = "no" }]
"""
SUBSCRIPTION = """
[[source.collection]]
key = "subscription"
category = "account"
NAME
table = "subscription"
key_columns = ["id"]
find = { customer_no = "customer_no" }
on_erase = "delete"
"""
CALL = """
[[source.collection]]
key = "call"
category = "usage"
NAME
table = "call"
key_columns = ["id"]
find = { customer_no = "customer_no" }
at = "started_at"
on_erase = "delete"
"""
INVOICE = """
[[source.collection]]
key = "invoice"
category = "invoices"
NAME
table = "invoice"
key_columns = ["no"]
find = { customer_no = "customer_no" }
at = "issued_on"
on_erase = "delete"
"""
TOP_DOWN = SOURCE + CUSTOMER + SUBSCRIPTION + CALL
BOTTOM_UP = SOURCE + CALL + SUBSCRIPTION + CUSTOMER
AFTER_THE_BOOKS = date(2040, 1, 1)


@pytest.fixture(scope="session")
def tables_url(postgres_url: str, worker_id: str) -> str:
    """A database for the operator's own system."""
    name = f"erasing_{worker_id}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}")
    return re.sub(r"/postgres(?=\?|$)", f"/{name}", postgres_url, count=1)


@pytest.fixture
def crm(tables_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """The operator's own tables: Anna has left, Bo is a customer."""
    monkeypatch.setenv("TABLES_URL", tables_url)
    with psycopg.connect(tables_url, autocommit=True) as connection:
        connection.execute(TABLES)
        yield connection


@pytest.fixture
def approve(
    describe: Callable[..., Operator], approved_erasure: Callable[..., Case]
) -> Callable[[str], Case]:
    """approve(connectors) is Anna's approved erasure where these are the sources."""

    def make(connectors: str) -> Case:
        describe(connectors)
        return approved_erasure()

    return make


def held(crm: psycopg.Connection, table: str) -> int:
    row = crm.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row
    return int(row[0])


@pytest.mark.parametrize("connectors", [TOP_DOWN, BOTTOM_UP])
def test_rows_that_refer_to_others_go_before_them_whatever_the_file_says(
    crm: psycopg.Connection, approve: Callable[[str], Case], connectors: str
) -> None:
    case = approve(connectors)
    execute(case.pk)
    case.refresh_from_db()
    assert case.stage == "delivery"
    assert [held(crm, table) for table in ("customer", "subscription", "call")] == [1, 1, 1]
    assert set(case.actions.values_list("status", "attempts")) == {("done", 0)}


def test_a_row_that_something_kept_refers_to_is_told_by_its_constraint(
    crm: psycopg.Connection, approve: Callable[[str], Case]
) -> None:
    """The subscriptions are nowhere described, so nobody erases them."""
    case = approve(SOURCE + CUSTOMER + CALL)
    execute(case.pk)
    case.refresh_from_db()
    action = case.actions.get(collection="customer")
    assert (action.status, action.error) == ("failed", "constraint: of_customer")
    assert (case.stage, case.blocked_by) == ("execution", "source-failed")
    assert held(crm, "call") == 1


def test_a_column_that_cannot_take_it_is_told_before_anything_anywhere_is_touched(
    crm: psycopg.Connection, approve: Callable[[str], Case], staff: Callable[..., User]
) -> None:
    strict = CALL.replace('"delete"', '"anonymise"\nanonymise = { msisdn = "null", customer_no = "null" }')
    case = approve(SOURCE + CUSTOMER + SUBSCRIPTION + strict)
    execute(case.pk)
    case.refresh_from_db()
    assert case.blocked_by == "source-failed"
    assert case.actions.get(collection="call").error == "not-null: call.customer_no"
    assert [held(crm, table) for table in ("customer", "subscription", "call")] == [2, 2, 6]
    assert not ScheduledErasure.objects.exists()
    crm.execute("ALTER TABLE call ALTER customer_no DROP NOT NULL")
    crm.execute("ALTER TABLE call DROP CONSTRAINT of_subscription")
    failed_actions.retry(case.actions.get(collection="call"), by=staff("caseworker"))
    execute(case.pk)
    case.refresh_from_db()
    assert case.stage == "delivery"
    assert [held(crm, table) for table in ("customer", "subscription", "call")] == [1, 1, 6]
    row = crm.execute("SELECT count(*) FROM call WHERE customer_no IS NULL AND msisdn IS NULL").fetchone()
    assert row == (5,)


def test_a_row_that_is_somebody_elses_by_now_is_left_and_a_person_looks(
    crm: psycopg.Connection, approve: Callable[[str], Case]
) -> None:
    """One key was given to a call of Bo's, one call was removed by the system's own clearing."""
    case = approve(TOP_DOWN)
    crm.execute("UPDATE call SET customer_no = 'C2', subscription_id = 2 WHERE id = 2")
    crm.execute("DELETE FROM call WHERE id = 3")
    execute(case.pk)
    case.refresh_from_db()
    action = case.actions.get(collection="call")
    assert case.stage == "delivery"
    assert (action.expected, action.found, action.strangers, action.done) == (5, 3, 1, 3)
    assert [row[0] for row in crm.execute("SELECT id FROM call ORDER BY id")] == [2, 9]
    assert [(task.kind, task.detail) for task in case.tasks.all()] == [("rows-passed-on", "crm/call")]


def test_a_hold_that_came_after_approval_sends_the_case_back(
    crm: psycopg.Connection, approve: Callable[[str], Case], staff: Callable[..., User]
) -> None:
    from cases.orders.court_orders import register_order

    case = approve(TOP_DOWN)
    register_order(
        case.operator, by=staff("legal"), rule="SE-IPRED-PENDING", kind="customer_no", value="C1",
        served_on=timezone.localdate(),
    )  # fmt: skip
    execute(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.actions.count()) == ("holds", 0)
    assert held(crm, "call") == 6


def test_a_hold_that_came_between_two_tries_keeps_its_rows_on_the_schedule(
    crm: psycopg.Connection,
    approve: Callable[[str], Case],
    staff: Callable[..., User],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The source went away when everything was tried and nothing was erased yet."""
    from cases.execution.erasure import erasing
    from cases.orders.court_orders import register_order
    from connectors.contract.base import SourceDown

    case = approve(TOP_DOWN)

    def away(*_args: object, **_more: object) -> object:
        raise SourceDown("unreachable")

    with pytest.MonkeyPatch.context() as gone:
        gone.setattr(erasing, "remove", away)
        execute(case.pk)
    assert set(case.actions.values_list("status", flat=True)) == {"retrying"}
    register_order(
        case.operator, by=staff("legal"), rule="SE-IPRED-PENDING", kind="customer_no", value="C1",
        served_on=timezone.localdate(),
    )  # fmt: skip
    Action.objects.update(next_try_at=timezone.now())
    execute(case.pk)
    case.refresh_from_db()
    assert case.stage == "delivery"
    assert [held(crm, table) for table in ("customer", "subscription", "call")] == [2, 2, 6]
    assert set(case.scheduled.values_list("collection", "rule", "rows")) == {
        ("customer", "SE-IPRED-PENDING", 1), ("subscription", "SE-IPRED-PENDING", 1), ("call", "SE-IPRED-PENDING", 5),
    }  # fmt: skip
    assert set(case.actions.values_list("done", flat=True)) == {0}


BY_HAND = SOURCE + CUSTOMER + SUBSCRIPTION + (CALL + INVOICE).replace('on_erase = "delete"\n', "")


def test_what_no_connector_erases_is_a_task_now_and_when_its_last_day_has_passed(
    crm: psycopg.Connection, approve: Callable[[str], Case]
) -> None:
    crm.execute("ALTER TABLE call DROP CONSTRAINT of_subscription")
    case = approve(BY_HAND)
    execute(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("execution", "by-hand")
    [kept] = case.runs.get(collection="invoice").findings.filter(view="open")
    assert {(task.kind, task.detail, task.due_on) for task in case.tasks.all()} == {
        ("carry-out-erasure", "crm/call", case.due_on),
        ("erase-kept-by-hand", f"crm/invoice.{kept.until}", kept.until + timedelta(days=1)),
    }
    assert held(crm, "call") == 6


@pytest.fixture
def kept(crm: psycopg.Connection, approve: Callable[[str], Case]) -> Case:
    """Erased but for an invoice that the books need."""
    case = approve(TOP_DOWN + INVOICE)
    execute(case.pk)
    assert case.scheduled.get().collection == "invoice"
    return case


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (TOP_DOWN, "not-configured: crm/invoice"),
        (TOP_DOWN + INVOICE.replace('key = "invoice"', 'key = "bill"'), "not-configured: crm/invoice"),
        ((TOP_DOWN + INVOICE).replace('"crm"', '"billing"'), "not-configured: crm"),
        (
            TOP_DOWN + INVOICE.replace('key_columns = ["no"]', 'key_columns = ["customer_no"]'),
            "key-columns-changed: crm/invoice",
        ),
        ("[[source]]\nkey = 1\n", "faulty-file: "),
    ],
)
def test_a_schedule_that_no_longer_fits_its_source_is_told_once_and_erases_nothing(
    kept: Case, crm: psycopg.Connection, describe: Callable[..., Operator], change: str, error: str
) -> None:
    from cases.sources import configured

    if error == "faulty-file: ":
        (settings.OPERATORS_DIR / "tele2-se" / "connectors.toml").write_text(change)
        configured.sources_of.cache_clear()
    else:
        describe(change)
    for _ in range(2):
        assert expiry.erase_due(AFTER_THE_BOOKS) == 0
    assert held(crm, "invoice") == 2
    assert kept.scheduled.get().error.startswith(error)
    assert [(task.kind, task.detail) for task in kept.tasks.all()] == [
        ("scheduled-erasure-failed", "crm/invoice")
    ]
    describe(TOP_DOWN + INVOICE)
    assert expiry.erase_due(AFTER_THE_BOOKS) == 1
    assert held(crm, "invoice") == 1


def test_years_later_only_what_still_is_the_persons_goes(kept: Case, crm: psycopg.Connection) -> None:
    crm.execute("UPDATE invoice SET customer_no = 'C7' WHERE no = 'F1'")
    expiry.erase_due(AFTER_THE_BOOKS)
    assert held(crm, "invoice") == 2
    assert [(task.kind, task.detail) for task in kept.tasks.all()] == [("rows-passed-on", "crm/invoice")]


@pytest.fixture
def three_kept(crm: psycopg.Connection, approve: Callable[[str], Case]) -> Case:
    """Erased but for the invoices F1, F3 and F4."""
    crm.execute("INSERT INTO invoice VALUES ('F3', 'C1', '2025-12-31'), ('F4', 'C1', '2025-12-31')")
    case = approve(TOP_DOWN + INVOICE)
    execute(case.pk)
    assert case.scheduled.get().rows == 3
    return case


def counted(case: Case) -> tuple[int, int | None]:
    """How many rows the record and the schedule say were erased on their day."""
    entry = AuditEntry.objects.filter(action="rows.erased-on-schedule").latest("number")
    return entry.data["rows"], case.scheduled.get().erased


def test_what_had_gone_or_passed_on_before_its_day_is_not_said_to_be_erased(
    three_kept: Case, crm: psycopg.Connection
) -> None:
    crm.execute("UPDATE invoice SET customer_no = 'C2' WHERE no = 'F3'")
    crm.execute("DELETE FROM invoice WHERE no = 'F4'")
    assert expiry.erase_due(AFTER_THE_BOOKS) == 1
    assert counted(three_kept) == (1, 1)
    assert [row[0] for row in crm.execute("SELECT no FROM invoice ORDER BY no")] == ["F2", "F3"]
    assert [(task.kind, task.detail) for task in three_kept.tasks.all()] == [
        ("rows-passed-on", "crm/invoice")
    ]


def test_what_went_in_a_try_that_broke_off_is_counted_with_the_rest(
    three_kept: Case, crm: psycopg.Connection
) -> None:
    """The system refuses to delete one of the three, until somebody has mended that."""
    crm.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER keep BEFORE DELETE ON invoice FOR EACH ROW WHEN (OLD.no = 'F4') EXECUTE FUNCTION refuse()"
    )
    assert expiry.erase_due(AFTER_THE_BOOKS) == 0
    assert three_kept.scheduled.get().error == "still-there: 1 rows"
    assert held(crm, "invoice") == 2
    crm.execute("DROP TRIGGER keep ON invoice")
    assert expiry.erase_due(AFTER_THE_BOOKS) == 3
    assert counted(three_kept) == (3, 3)


def test_batch_after_batch(
    crm: psycopg.Connection, approve: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "BATCH", 2)
    crm.execute("INSERT INTO invoice SELECT 'G' || n, 'C1', '2025-12-31' FROM generate_series(1, 4) n")
    case = approve(TOP_DOWN + INVOICE)
    execute(case.pk)
    assert expiry.erase_due(AFTER_THE_BOOKS) == 5
    assert held(crm, "invoice") == 1
    assert case.scheduled.get().erased == 5


def test_a_worker_killed_between_batches_leaves_nothing_half_done(
    kept: Case, crm: psycopg.Connection
) -> None:
    """The source has erased, and the worker died before it could write that down."""

    class Killed(BaseException):
        pass

    def die(*_: object) -> bool:
        raise Killed

    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(expiry, "_close", die)
        with pytest.raises(Killed):
            expiry.erase_due(AFTER_THE_BOOKS)
    assert held(crm, "invoice") == 1
    assert kept.scheduled.get().erased_at is None
    assert expiry.erase_due(AFTER_THE_BOOKS) == 1
    assert kept.scheduled.get().erased == 1

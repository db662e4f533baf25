"""From one identifier to the next until nothing new: over five hops of a relational schema, composite keys and arrays.

Through the real stages, against a real PostgreSQL, with a stranger beside every row.
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from cases.collection import owner_answers, owners
from cases.identity import matching
from cases.models import Case, Run
from tests.operators.looked_at import rows

pytestmark = pytest.mark.django_db

HOPS = """
[[source]]
key = "shop"
NAME
kind = "sql"
url = "env:WAVES_SHOP"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "shop.customer"
key_columns = ["id"]
find = { customer = "id", email = { column = "email", written = "lower" } }
link = ["email"]
yields = [{ kind = "customer", column = "id" }]

[[source.collection]]
key = "account"
category = "account"
NAME
table = "shop.account"
key_columns = ["id"]
find = { customer = "customer_id" }
yields = [{ kind = "account", column = "id" }]

[[source.collection]]
key = "orders"
category = "invoices"
NAME
table = "shop.orders"
key_columns = ["region", "no"]
find = { account = { column = "accounts", array = true } }
yields = [{ kind = "order", column = ["region", "no"] }]

[[source.collection]]
key = "line"
category = "invoices"
NAME
table = "shop.order_line"
key_columns = ["region", "order_no", "line"]
find = { order = ["region", "order_no"] }
yields = [{ kind = "device", column = "devices", array = true }]

[[source.collection]]
key = "device"
category = "devices"
NAME
table = "shop.device"
key_columns = ["imei"]
find = { device = "imei" }
yields = [{ kind = "sim", column = "sim", from = "fitted_at", to = "taken_out_at" }]

[[source.collection]]
key = "sim"
category = "traffic"
NAME
table = "shop.sim_event"
key_columns = ["id"]
find = { sim = "sim" }
at = "at"
"""
ORDERS = 'yields = [{ kind = "order", column = ["region", "no"] }]\n'
TABLES = """
drop schema if exists shop cascade;
create schema shop;
create table shop.customer (id uuid primary key, email text);
create table shop.account (id bigint primary key, customer_id uuid);
create table shop.orders (region text, no int, accounts bigint[], primary key (region, no));
create table shop.order_line (
  region text, order_no int, line int, devices text[], primary key (region, order_no, line)
);
create table shop.device (imei text primary key, sim text, fitted_at timestamptz, taken_out_at timestamptz);
create table shop.sim_event (id bigint primary key, sim text, at timestamp);
insert into shop.customer values
  ('00000000-0000-0000-0000-00000000000a', 'Anna@Example.com'),
  ('00000000-0000-0000-0000-00000000000b', 'bo@example.com');
insert into shop.account values
  (9007199254740993, '00000000-0000-0000-0000-00000000000a'),
  (9007199254740992, '00000000-0000-0000-0000-00000000000b');
insert into shop.orders values
  ('nord', 1, '{9007199254740993}'), ('nord', 2, '{7, 9007199254740993}'), ('syd', 1, '{9007199254740992}');
insert into shop.order_line values
  ('nord', 1, 1, '{imei-1,imei-2}'), ('nord', 2, 1, null), ('nord', 2, 2, '{"imei,3"}'), ('syd', 1, 1, '{imei-4}');
insert into shop.device values
  ('imei-1', 'sim-1', '2026-01-01 00:00+01', '2026-02-01 00:00+01'),
  ('imei-2', null, null, null), ('imei,3', 'sim-3', '2026-01-01 00:00+01', null),
  ('imei-4', 'sim-1', '2026-02-01 00:00+01', null);
insert into shop.sim_event values
  (1, 'sim-1', '2025-12-31 23:59:59.999999'), (2, 'sim-1', '2026-01-01 00:00'),
  (3, 'sim-1', '2026-01-31 23:59:59.999999'), (4, 'sim-1', '2026-02-01 00:00'),
  (5, 'sim-3', '2026-06-01 12:00'), (6, 'sim-9', '2026-06-01 12:00');
"""


@pytest.fixture
def shop(postgres_url: str, worker_id: str, describe: Callable[..., object]) -> Iterator[psycopg.Connection]:
    """The operator's own PostgreSQL: six tables in a row, each reached by the one before."""
    name = f"waves_{worker_id}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"drop database if exists {name} with (force)")
        server.execute(f"create database {name}")
    url = postgres_url.replace("/postgres?", f"/{name}?", 1)
    describe(HOPS, WAVES_SHOP=url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES)
        yield connection


def test_five_hops_find_everything_and_nothing_else(
    shop: psycopg.Connection, ask: Callable[..., Case], gather: Callable[[Case], Case]
) -> None:
    case = gather(ask())
    assert case.stage == "holds", [(run.collection, run.status, run.error) for run in case.runs.all()]
    assert [row["id"] for row in rows(case, "account")] == [9007199254740993]
    assert [(row["region"], row["no"]) for row in rows(case, "orders")] == [("nord", 1), ("nord", 2)]
    assert [(row["order_no"], row["line"]) for row in rows(case, "line")] == [(1, 1), (2, 1), (2, 2)]
    assert [row["imei"] for row in rows(case, "device")] == ["imei,3", "imei-1", "imei-2"]
    assert [row["id"] for row in rows(case, "sim")] == [2, 3, 5]


def test_the_next_holder_of_the_sim_gets_what_came_after(
    shop: psycopg.Connection, ask: Callable[..., Case], gather: Callable[[Case], Case]
) -> None:
    case = gather(ask(email="bo@example.com"))
    assert [row["id"] for row in rows(case, "sim")] == [4]


def test_a_circle_of_identifiers_ends(
    shop: psycopg.Connection,
    describe: Callable[..., object],
    ask: Callable[..., Case],
    gather: Callable[[Case], Case],
) -> None:
    """Accounts tell orders, and orders tell accounts."""
    back = ORDERS.replace("}]\n", '}, { kind = "account", column = "accounts", array = true }]\n')
    describe(HOPS.replace(ORDERS, back))
    case = gather(ask())
    assert case.stage == "holds"
    assert case.identifiers.filter(kind="account").count() == 2
    assert case.runs.get(collection="orders").rows == 2


# Owners can tell further identifiers, too.
BINDER = """
[[source]]
key = "crm"
NAME
kind = "sql"
url = "env:WAVES_CRM"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "customer"
key_columns = ["customer_no"]
find = { email = "email", customer_no = "customer_no" }
link = ["email"]
yields = [{ kind = "customer_no", column = "customer_no" }]

[[source.collection]]
key = "calls"
category = "usage"
NAME
table = "calls"
key_columns = ["id"]
find = { msisdn = "msisdn" }
at = "at"

[[source]]
key = "binder"
NAME
kind = "manual"
owner = "shops@operator.test"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "contracts"
category = "account"
NAME
find = { customer_no = "customer_no" }
yields = [{ kind = "msisdn", column = "number", from = "since", to = "until" }]

[[source]]
key = "garage"
NAME
kind = "manual"
owner = "garage@operator.test"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "repairs"
category = "correspondence"
NAME
find = { customer_no = "customer_no", msisdn = "number" }
interval = false
"""
CRM = """
CREATE TABLE customer (customer_no TEXT PRIMARY KEY, email TEXT);
CREATE TABLE calls (id INTEGER PRIMARY KEY, msisdn TEXT, at DATETIME);
INSERT INTO customer VALUES ('C1', 'anna@example.com');
INSERT INTO calls VALUES (1, '+46701740605', '2025-12-31 12:00'), (2, '+46701740605', '2026-03-01 12:00'),
                         (3, '+46701740606', '2026-03-01 12:00');
"""


@pytest.fixture
def binder(
    describe: Callable[..., object], tmp_path: Path, ask: Callable[..., Case], gather: Callable[[Case], Case]
) -> Case:
    """A case that waits for two owners; no system tells the person's number."""
    with sqlite3.connect(tmp_path / "crm.sqlite") as crm:
        crm.executescript(CRM)
    describe(BINDER, WAVES_CRM=f"sqlite:///{tmp_path}/crm.sqlite")
    case = gather(ask())
    ask_owners()
    return case


def ask_owners() -> None:
    for run_id in owners.unasked().values_list("pk", flat=True):
        owners.ask(run_id)


def answer(case: Case, source: str, content: str = "") -> None:
    run = case.runs.get(source=source)
    if content:
        owner_answers.take(run, content.encode(), by=owner_answers.OWNER)
    owner_answers.finish(run, nothing=not content, by=owner_answers.OWNER)
    case.refresh_from_db()


def test_a_number_that_only_an_owner_knows_leads_on(binder: Case, gather: Callable[[Case], Case]) -> None:
    answer(binder, "garage")
    answer(binder, "binder", "customer_no;number;since;until\nC1;+46701740605;2026-01-01;\n")
    assert binder.stage == "matching"
    case = gather(binder)
    assert [row["id"] for row in rows(case, "calls")] == [2]
    assert case.runs.get(source="binder").rows == 1
    assert (case.stage, case.runs.get(source="garage").status) == ("collection", "asked")
    ask_owners()
    garage = case.runs.get(source="garage")
    assert [one.kind for one in owner_answers.sought(garage)] == ["customer_no", "msisdn"]
    answer(case, "garage")
    assert case.stage == "holds"
    assert Run.objects.filter(case=case, status="done").count() == 4


def test_an_owner_who_tells_nothing_new_sends_nobody_back(binder: Case) -> None:
    answer(binder, "garage")
    answer(binder, "binder")
    assert binder.stage == "holds"


def test_an_owner_who_tells_of_everybody_is_not_believed(
    binder: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cases.casework.workflow import Refusal

    monkeypatch.setattr(matching, "MOST_IDENTIFIERS", 10)
    answer(binder, "garage")
    lines = "".join(f"C1;+4670174{number:04};;\n" for number in range(20))
    with pytest.raises(Refusal) as refused:
        answer(binder, "binder", "customer_no;number;since;until\n" + lines)
    assert refused.value.code == "upload-identifiers"
    assert binder.runs.get(source="binder").status == "asked"

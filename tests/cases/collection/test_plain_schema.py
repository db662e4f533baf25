"""A telecom's relational schema as it is: twelve tables, internal ids, composite keys, arrays, five hops, no views.

Described in TOML alone. Every row of the person is gathered, by whatever chain of keys, and no row of anybody else:
Bo has had her number and her SIM card before, pays her bill together with his own, and shares order numbers.
"""

from collections.abc import Callable

import psycopg
import pytest

from cases.models import Case
from tests.operators.looked_at import rows

SCHEMA = """
CREATE TABLE customers (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE accounts (id uuid PRIMARY KEY, customer_id bigint REFERENCES customers, opened date);
CREATE TABLE subscriptions (id bigint PRIMARY KEY, account_id uuid REFERENCES accounts, msisdn text,
  valid_from timestamptz NOT NULL, valid_to timestamptz);
CREATE TABLE sims (iccid text, subscription_id bigint REFERENCES subscriptions, active_from timestamptz,
  active_to timestamptz, PRIMARY KEY (iccid, active_from));
CREATE TABLE devices (id bigint PRIMARY KEY, imei text, iccids text[], seen_at timestamptz);
CREATE TABLE orders (region text, order_no int, account_id uuid REFERENCES accounts, PRIMARY KEY (region, order_no));
CREATE TABLE order_lines (region text, order_no int, line_no smallint, item text, price numeric(10,2),
  PRIMARY KEY (region, order_no, line_no), FOREIGN KEY (region, order_no) REFERENCES orders);
CREATE TABLE invoices (id bigint PRIMARY KEY, account_id uuid REFERENCES accounts, amount numeric(12,2));
CREATE TABLE invoice_lines (invoice_id bigint REFERENCES invoices, line_no int, text text,
  PRIMARY KEY (invoice_id, line_no));
CREATE TABLE payments (id bigint PRIMARY KEY, payer_id bigint REFERENCES customers, invoice_ids bigint[], paid date);
CREATE TABLE tickets (id bigint PRIMARY KEY, number text, opened timestamptz);
CREATE TABLE notes (id bigint PRIMARY KEY, ticket_id bigint REFERENCES tickets, note text);

INSERT INTO customers VALUES (1, 'anna@example.com', 'Anna'), (2, 'bo@example.com', 'Bo');
INSERT INTO accounts VALUES ('00000000-0000-0000-0000-00000000000a', 1, '2024-01-01'),
  ('00000000-0000-0000-0000-00000000000b', 2, '2020-01-01'), ('00000000-0000-0000-0000-00000000000c', 1, '2025-01-01');
INSERT INTO subscriptions VALUES (10, '00000000-0000-0000-0000-00000000000a', '+46701740605', '2025-01-01Z', NULL),
  (11, '00000000-0000-0000-0000-00000000000b', '+46701740605', '2020-01-01Z', '2024-06-01Z'),
  (12, '00000000-0000-0000-0000-00000000000c', '+46701740606', '2025-02-01Z', '2026-02-01Z');
INSERT INTO sims VALUES ('8946-1', 11, '2020-01-01Z', '2024-06-01Z'), ('8946-1', 10, '2025-01-01Z', '2025-07-01Z'),
  ('8946-2', 10, '2025-07-01Z', NULL), ('8946-3', 12, '2025-02-01Z', NULL);
INSERT INTO devices VALUES (100, '35-1', '{8946-1}', '2023-05-05Z'), (101, '35-2', '{8946-9,8946-1}', '2025-03-03Z'),
  (102, '35-3', '{8946-2,8946-3}', '2026-01-01Z'), (103, '35-4', '{8946-9}', '2026-01-01Z'),
  (104, '35-5', '{8946-1}', '2025-07-01Z');
INSERT INTO orders VALUES ('north', 7, '00000000-0000-0000-0000-00000000000a'),
  ('south', 7, '00000000-0000-0000-0000-00000000000b'), ('south', 8, '00000000-0000-0000-0000-00000000000c');
INSERT INTO order_lines VALUES ('north', 7, 1, 'Phone', 4999.00), ('north', 7, 2, 'Case', 0.10),
  ('south', 7, 1, 'Router', 899.00), ('south', 8, 1, 'SIM', 0.00);
INSERT INTO invoices VALUES (9007199254740993, '00000000-0000-0000-0000-00000000000a', 249.00),
  (21, '00000000-0000-0000-0000-00000000000b', 99.00);
INSERT INTO invoice_lines VALUES (9007199254740993, 1, 'Plan'), (9007199254740993, 2, 'Roaming'), (21, 1, 'Plan');
INSERT INTO payments VALUES (31, 2, '{21,9007199254740993}', '2026-01-02'), (32, 2, '{21}', '2026-01-03');
INSERT INTO tickets VALUES (41, '+46701740605', '2023-01-01Z'), (42, '+46701740605', '2025-06-01Z'),
  (43, '+46701740606', '2026-03-01Z');
INSERT INTO notes VALUES (51, 41, 'Of Bo'), (52, 42, 'Of Anna'), (53, 42, 'Of Anna too'), (54, 43, 'Of nobody');
"""
SOURCE = """
[[source]]
key = "billing"
NAME
kind = "sql"
url = "env:BILLING_URL"
time_zone = "Europe/Stockholm"
"""
TABLES = {
    "customers": ('["id"]', """
find = { email = "email", customer_id = "id" }
link = ["email"]
yields = [{ kind = "customer_id", column = "id" }]"""),
    "accounts": ('["id"]', """
find = { customer_id = "customer_id" }
yields = [{ kind = "account_id", column = "id" }]"""),
    "subscriptions": ('["id"]', """
find = { account_id = "account_id" }
yields = [
  { kind = "subscription_id", column = "id" },
  { kind = "msisdn", column = "msisdn", from = "valid_from", to = "valid_to" },
]"""),
    "sims": ('["iccid", "active_from"]', """
find = { subscription_id = "subscription_id" }
yields = [{ kind = "iccid", column = "iccid", from = "active_from", to = "active_to" }]"""),
    "devices": ('["id"]', """
find = { iccid = { column = "iccids", array = true } }
at = "seen_at" """),
    "orders": ('["region", "order_no"]', """
find = { account_id = "account_id" }
yields = [{ kind = "order", column = ["region", "order_no"] }]"""),
    "order_lines": ('["region", "order_no", "line_no"]', """
find = { order = ["region", "order_no"] }"""),
    "invoices": ('["id"]', """
find = { account_id = "account_id" }
yields = [{ kind = "invoice_id", column = "id" }]"""),
    "invoice_lines": ('["invoice_id", "line_no"]', """
find = { invoice_id = "invoice_id" }"""),
    "payments": ('["id"]', """
find = { invoice_id = { column = "invoice_ids", array = true } }"""),
    "tickets": ('["id"]', """
find = { msisdn = "number" }
at = "opened"
yields = [{ kind = "ticket_id", column = "id" }]"""),
    "notes": ('["id"]', """
find = { ticket_id = "ticket_id" }"""),
}  # fmt: skip
HERS = {
    "customers": [1],
    "accounts": ["00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000c"],
    "subscriptions": [10, 12],
    "sims": ["8946-1", "8946-2", "8946-3"],
    "devices": [101, 102],
    "orders": ["north", "south"],
    "order_lines": ["north", "north", "south"],
    "invoices": [9007199254740993],
    "invoice_lines": [9007199254740993, 9007199254740993],
    "payments": [31],
    "tickets": [42],
    "notes": [52, 53],
}


@pytest.fixture
def billing(postgres_url: str, worker_id: str) -> str:
    """A database with the schema."""
    name = f"billing_{worker_id}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"drop database if exists {name} with (force)")
        server.execute(f"create database {name}")
    head, _slash, tail = postgres_url.rpartition("/postgres")
    url = f"{head}/{name}{tail}"
    with psycopg.connect(url) as database:
        database.execute(SCHEMA)
    return url


@pytest.mark.django_db
def test_every_row_of_hers_and_nobody_elses(
    billing: str, describe: Callable[..., object], ask: Callable[..., Case], gather: Callable[[Case], Case]
) -> None:
    described = "".join(
        f'[[source.collection]]\nkey = "{table.replace("_", "-")}"\ncategory = "account"\nNAME\n'
        f'table = "{table}"\nkey_columns = {keys}{rest}\non_erase = "none"\n'
        for table, (keys, rest) in TABLES.items()
    )
    describe(SOURCE + described, BILLING_URL=billing)
    case = gather(ask())
    assert case.stage == "holds", case.blocked_by
    found = {
        table: [next(iter(row.values())) for row in rows(case, table.replace("_", "-"))] for table in TABLES
    }
    assert found == HERS
    assert rows(case, "order-lines")[0]["price"] == "4999.00"

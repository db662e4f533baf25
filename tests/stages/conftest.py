"""A small operator of our own: Tele2's register over one SQLite database, so that every stage can be driven by hand."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from stages_by_hand import prove, request

from cases import operators
from cases.intake import submit
from cases.models import Case, Membership, Operator, User
from cases.operators import load_operator

CONNECTORS = """
[[source]]
key = "crm"
name = { sv = "Kundregister", da = "Kundesystem", en = "Customer register" }
kind = "sql"
url = "env:STAGES_CRM_URL"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "customer"
category = "contact"
name = { sv = "Kundkort", da = "Kundekort", en = "Customer card" }
table = "customer"
key_columns = ["customer_no"]
find = { customer_no = "customer_no", email = "email" }
at = "left_on"
contract_end = "left_on"
interval = false
on_erase = "delete"
yields = [{ kind = "customer_no", column = "customer_no" }]
link = ["email"]
claim = true
suppress = { set = { marketing_allowed = 0 } }

[[source.collection]]
key = "subscription"
category = "account"
name = { sv = "Abonnemang", da = "Abonnementer", en = "Subscriptions" }
table = "subscription"
key_columns = ["id"]
find = { customer_no = "customer_no" }
at = "valid_to"
interval = false
on_erase = "delete"
yields = [{ kind = "msisdn", column = "msisdn", from = "valid_from", to = "valid_to" }]

[[source.collection]]
key = "invoice"
category = "invoices"
name = { sv = "Fakturor", da = "Regninger", en = "Invoices" }
table = "invoice"
key_columns = ["no"]
find = { customer_no = "customer_no" }
at = "issued_on"
on_erase = "delete"
claim = { column = "status", equals = "unpaid" }
claims = { arose = "due_on", demanded = "demanded_on", unpaid = { column = "status", equals = "unpaid" } }

[[source.collection]]
key = "calls"
category = "usage"
name = { sv = "Samtal", da = "Opkald", en = "Calls" }
table = "calls"
key_columns = ["id"]
find = { msisdn = "msisdn" }
at = "started_at"
on_erase = "delete"
hidden_number = { column = "hidden", equals = 1 }
redact = ["other"]
"""

TABLES = """
CREATE TABLE customer (customer_no TEXT PRIMARY KEY, name TEXT, email TEXT, left_on DATE, marketing_allowed INTEGER);
CREATE TABLE subscription (id INTEGER PRIMARY KEY, customer_no TEXT, msisdn TEXT, 
                           valid_from DATETIME, valid_to DATETIME);
CREATE TABLE invoice (no TEXT PRIMARY KEY, customer_no TEXT, issued_on DATE, due_on DATE,
                      demanded_on DATE, status TEXT);
CREATE TABLE calls (id INTEGER PRIMARY KEY, msisdn TEXT, started_at DATETIME, other TEXT, hidden INTEGER);
INSERT INTO customer VALUES ('C1', 'Anna Test', 'anna@example.com', NULL, 1),
                            ('C2', 'Bo Test', 'bo@example.com', '2026-08-31', 1);
INSERT INTO subscription VALUES (1, 'C2', '+46701740605', '2025-01-01', '2026-01-01'),
                                (2, 'C1', '+46701740605', '2026-01-01', NULL);
INSERT INTO invoice VALUES ('F1', 'C1', '2026-07-31', '2026-08-30', NULL, 'paid'),
                           ('F2', 'C2', '2026-07-31', '2026-08-30', '2026-10-05', 'unpaid');
INSERT INTO calls VALUES (1, '+46701740605', '2025-06-01 12:00:00', '+46701740699', 0),
                         (2, '+46701740605', '2026-02-01 12:00:00', '+46701740698', 0),
                         (3, '+46701740605', '2026-03-01 12:00:00', '+46701740697', 1);
"""


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sqlite3.Connection:
    """The operator's own database: two customers, a number that changed hands, an unpaid invoice."""
    path = tmp_path / "crm.sqlite"
    monkeypatch.setenv("STAGES_CRM_URL", f"sqlite:///{path}")
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.executescript(TABLES)
    return connection


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """configured(text): the operator's sources are described by this connectors.toml from now on."""
    folder = tmp_path / "operators" / "tele2-se"
    folder.mkdir(parents=True)
    shutil.copy(settings.BASE_DIR / "operators" / "tele2-se" / "register.toml", folder)
    monkeypatch.setattr(settings, "OPERATORS_DIR", tmp_path / "operators")

    def configure(text: str) -> None:
        (folder / "connectors.toml").write_text(text)
        operators.sources_of.cache_clear()

    yield configure
    operators.sources_of.cache_clear()


@pytest.fixture
def operator(
    configured: Callable[[str], None], crm: sqlite3.Connection, db: None, monkeypatch: pytest.MonkeyPatch
) -> Operator:
    configured(CONNECTORS)
    monkeypatch.setattr(settings, "PROOF_ENOUGH", "low")
    return load_operator("tele2-se")[0]


@pytest.fixture
def away(crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """away(True): nobody answers where the source was; away(False): it is back."""
    there = os.environ["STAGES_CRM_URL"]

    def turn(gone: bool) -> None:
        monkeypatch.setenv("STAGES_CRM_URL", "postgresql://nobody@127.0.0.1:1/crm" if gone else there)

    return turn


@pytest.fixture
def staff(operator: Operator) -> Callable[..., User]:
    """staff("caseworker", "legal") is a user with these roles."""

    def make(*roles: str) -> User:
        user, created = User.objects.get_or_create(username="-".join(roles) or "nobody")
        for role in roles if created else ():
            Membership.objects.create(user=user, operator=operator, role=role)
        return user

    return make


@pytest.fixture
def ask(operator: Operator) -> Callable[..., Case]:
    """A request of one right, handed in; proven by its mailed code unless proven=False."""

    def make(right: str, email: str = "anna@example.com", *, proven: bool = True, **typed: str) -> Case:
        submission = submit(request(operator, right, email=email, **typed))
        if proven:
            prove(submission)
        return submission.cases.get()

    return make

"""The same person's story with a secret order and without it."""

import sqlite3
from datetime import date, timedelta

from django.utils import timezone

from cases.models import Order
from cases.orders.court_orders import register_order
from tests.operators.line import Staff

ROLES = ("caseworker", "approver", "legal", "auditor", "cleared")
# Bo's, who left in 2020: his kept and his erasable rows, and a retained one that is past its ten months.
RETAINED = """
    INSERT INTO retained (id, customer_no, kind, at, account) VALUES
        (1, 'C2', '', '2026-10-01 10:00:00', NULL), (2, 'C2', '', '2026-11-01 10:00:00', 'A-2');
    INSERT INTO retained (id, customer_no, kind, at, account) VALUES (3, 'C2', 'internet', '2026-09-01 10:00:00', NULL);
    INSERT INTO disclosure VALUES (1, 'C2', '', '2026-06-01', 'Meta', 'C2');
"""
PAST = """
    INSERT INTO retained (id, customer_no, kind, at, account) VALUES
        (7, 'C2', 'internet', '2024-11-05 10:00:00', 'A-7');
"""


def preserve(operator: object, staff: Staff, **changed: object) -> Order:
    """A secret order about everything its rule reaches, decided three days ago."""
    values = {
        "rule": "SE-LEK-ORDER", "kind": "customer_no", "value": "C2", "court": "Polisen", "court_case": "K 1-26",
        "decided_on": timezone.localdate() - timedelta(days=3), "days": 90,
    }  # fmt: skip
    return register_order(operator, by=staff("cleared"), **(values | changed))  # type: ignore[arg-type]


def retained(crm: sqlite3.Connection) -> list[int]:
    return [row[0] for row in crm.execute("SELECT id FROM retained WHERE customer_no = 'C2' ORDER BY id")]


def days_ahead(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)

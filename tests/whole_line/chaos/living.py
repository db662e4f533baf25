"""The sources' own life: what they hold, and what changes in them while they are read."""

import hashlib
import random
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.whole_line.chaos.world import World

RESTLESS = 40  # of each person's rows, the last so many are changed again and again
BYSTANDER = "bystander"
TABLES = "CREATE TABLE versions (id bigint, note text)"
FILL = """
INSERT INTO events SELECT %(first)s + 2 * n, %(customer)s, timestamptz '2026-01-01' + n * interval '1 minute',
 md5(n::text) FROM generate_series(1, %(rows)s) n
"""
UPDATE = """
WITH changed AS (UPDATE events SET note = md5(random()::text) WHERE customer_no = %s AND id > %s
 AND random() < 0.2 RETURNING id, note) INSERT INTO versions SELECT id, note FROM changed
"""
INSERT = """
WITH new AS (INSERT INTO events VALUES (%s, %s, '2026-06-01', md5(random()::text)) ON CONFLICT DO NOTHING
 RETURNING id, note) INSERT INTO versions SELECT id, note FROM new
"""
CHURN = """
INSERT INTO events SELECT 2 * n + 1, 'churn', now(), 'x' FROM generate_series(1, 300) n
 ON CONFLICT (id) DO UPDATE SET note = md5(random()::text)
"""


@dataclass
class Customer:
    """A person and what the sources held of them when they asked."""

    number: str
    first: int
    rows: int
    web: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def email(self) -> str:
        return f"{self.number}@example.com"

    @property
    def still(self) -> int:
        """Rows up to this id never change."""
        return self.first + 2 * (self.rows - RESTLESS)

    @property
    def last(self) -> int:
        return self.first + 2 * self.rows

    def held(self) -> "tuple[int, str]":
        """Count and hash of the rows that never change."""
        return hashed((self.first + 2 * n, _note(n)) for n in range(1, self.rows - RESTLESS + 1))


def move_in(world: World, number: str, place: int, rows: int) -> Customer:
    """A customer with rows in both systems."""
    customer = Customer(number, place * 1_000_000, rows)
    with world.crm() as crm:
        crm.execute("INSERT INTO customer VALUES (%s, %s, '2026-06-30')", [number, customer.email])
        crm.execute(FILL, {"first": customer.first, "customer": number, "rows": rows})
        crm.execute(
            "INSERT INTO versions SELECT id, note FROM events WHERE customer_no = %s AND id > %s",
            [number, customer.still],
        )
    customer.web = {name: _web_rows(number, count) for name, count in (("orders", 400), ("tickets", 400))}
    world.web.put(f"/truth/{number}", json=customer.web).raise_for_status()
    return customer


def _web_rows(number: str, count: int) -> list[dict[str, Any]]:
    return [
        {"customer_no": number, "id": n, "at": "2026-02-01T12:00:00+01:00", "what": _note(n)}
        for n in range(count)
    ]


def _note(number: int) -> str:
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def hashed(rows: Iterable[tuple[Any, ...]]) -> tuple[int, str]:
    """Count and hash, in the order given."""
    digest, count = hashlib.sha256(), 0
    for row in rows:
        count += 1
        digest.update(repr(row).encode())
    return count, digest.hexdigest()


class Life(threading.Thread):
    """Inserts and updates while everything is read, until stopped."""

    def __init__(self, world: World, customers: list[Customer], seed: int) -> None:
        super().__init__(daemon=True)
        self.world, self.customers, self.random = world, customers, random.Random(seed)
        self.over = threading.Event()
        # Each row comes once: one that was erased and came again would look as if it had never gone.
        self.coming = [
            (one.first + 2 * n + 1, one.number) for one in customers for n in range(1, one.rows + 500)
        ]
        self.random.shuffle(self.coming)

    def run(self) -> None:
        while not self.over.wait(0.15):
            with suppress(psycopg.Error), self.world.crm() as crm:
                crm.execute("SET statement_timeout = '1s'")
                customer = self.random.choice(self.customers)
                crm.execute(UPDATE, [customer.number, customer.still])
                crm.execute(INSERT, self.coming.pop())
                crm.execute(CHURN)

    def stop(self) -> None:
        self.over.set()
        self.join()

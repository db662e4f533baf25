"""No row of anybody else, through matching and collection: numbers pass on, families share accounts, firms own numbers.

Worlds are drawn at random; every person in each asks, and gets exactly what is theirs by the plain rule written here.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cases.models import Case
from tests.operators.looked_at import rows

pytestmark = pytest.mark.django_db

CONNECTORS = """
[[source]]
key = "crm"
NAME
kind = "sql"
url = "env:STRANGERS_CRM"

[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "tele.customer"
key_columns = ["no"]
find = { email = "email", customer_no = "no" }
link = ["email"]
yields = [{ kind = "customer_no", column = "no" }]

[[source.collection]]
key = "account"
category = "account"
NAME
table = "tele.account"
key_columns = ["no"]
find = { customer_no = "payer" }
yields = [{ kind = "account_no", column = "no" }]

[[source.collection]]
key = "use"
category = "account"
NAME
table = "tele.use"
key_columns = ["id"]
find = { customer_no = "person" }
yields = [{ kind = "msisdn", column = "msisdn", from = "since", to = "until" }]

[[source.collection]]
key = "invoice"
category = "invoices"
NAME
table = "tele.invoice"
key_columns = ["no"]
find = { account_no = "account" }

[[source.collection]]
key = "call"
category = "usage"
NAME
table = "tele.call"
key_columns = ["id"]
find = { msisdn = "msisdn" }
at = "at"
"""
TABLES = """
drop schema if exists tele cascade;
create schema tele;
create table tele.customer (no text primary key, email text);
create table tele.account (no text primary key, payer text);
create table tele.use (id int primary key, msisdn text, person text, since timestamptz, until timestamptz);
create table tele.invoice (no int primary key, account text);
create table tele.call (id int primary key, msisdn text, at timestamptz);
"""
PEOPLE = ("anna", "bo", "firm")
NUMBERS = ("+46701740605", "+46701740606")
ACCOUNTS = ("A1", "A2", "A3")
START = datetime(2026, 1, 1, tzinfo=UTC)
mailbox = itertools.count()

# Few moments, so that calls often happen at the very one at which a number changes hands.
moments = st.builds(
    lambda day, off: START + timedelta(days=day, microseconds=off),
    st.integers(0, 6),
    st.sampled_from((0, 0, -1, 1)),
)


@dataclass(frozen=True)
class World:
    """Who uses which number from when (until the next), who pays which account, what happened."""

    uses: tuple[tuple[str, datetime, str | None], ...]
    payers: tuple[str, ...]
    invoices: tuple[str, ...]
    calls: tuple[tuple[str, datetime], ...]

    def turns(self, number: str) -> Iterator[tuple[str | None, datetime, datetime | None]]:
        """Each holder of a number, None while it has none, from when and until when."""
        mine = sorted({at: who for used, at, who in self.uses if used == number}.items())
        ends = [*(at for at, _ in mine), None][1:]
        for (at, who), end in zip(mine, ends, strict=True):
            yield who, at, end

    def calls_of(self, person: str) -> set[int]:
        return {
            index
            for index, (number, at) in enumerate(self.calls)
            for who, start, end in self.turns(number)
            if who == person and start <= at and (end is None or at < end)
        }

    def invoices_of(self, person: str) -> set[int]:
        return {
            index
            for index, account in enumerate(self.invoices)
            if self.payers[ACCOUNTS.index(account)] == person
        }


worlds = st.builds(
    World,
    uses=st.lists(
        st.tuples(st.sampled_from(NUMBERS), moments, st.sampled_from((*PEOPLE, None))), max_size=8
    ).map(tuple),
    payers=st.tuples(*(st.sampled_from(PEOPLE) for _ in ACCOUNTS)),
    invoices=st.lists(st.sampled_from(ACCOUNTS), max_size=6).map(tuple),
    calls=st.lists(st.tuples(st.sampled_from(NUMBERS), moments), max_size=15).map(tuple),
)


@pytest.fixture
def crm(postgres_url: str, worker_id: str, describe: Callable[..., object]) -> Iterator[psycopg.Connection]:
    name = f"strangers_{worker_id}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"drop database if exists {name} with (force)")
        server.execute(f"create database {name}")
    url = postgres_url.replace("/postgres?", f"/{name}?", 1)
    describe(CONNECTORS, STRANGERS_CRM=url)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def fill(crm: psycopg.Connection, world: World) -> dict[str, str]:
    """The world in the operator's tables; everybody's mailbox, new ones each time."""
    mails = {person: f"{person}{next(mailbox)}@example.com" for person in PEOPLE}
    turns = [(number, *turn) for number in NUMBERS for turn in world.turns(number) if turn[0] is not None]
    with crm.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.executemany("insert into tele.customer values (%s, %s)", list(mails.items()))
        cursor.executemany(
            "insert into tele.account values (%s, %s)", list(zip(ACCOUNTS, world.payers, strict=True))
        )
        cursor.executemany(
            "insert into tele.use values (%s, %s, %s, %s, %s)",
            [(index, *turn) for index, turn in enumerate(turns)],
        )
        cursor.executemany("insert into tele.invoice values (%s, %s)", list(enumerate(world.invoices)))
        cursor.executemany(
            "insert into tele.call values (%s, %s, %s)",
            [(index, *call) for index, call in enumerate(world.calls)],
        )
    return mails


def ids(case: Case, collection: str, key: str) -> list[int]:
    if not case.runs.filter(collection=collection).exists():
        return []
    return [row[key] for row in rows(case, collection)]


# Shrinking a failure through a database takes minutes and tells no more.
@settings(
    max_examples=60 if os.environ.get("SOAK") else 6,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds)
@pytest.mark.soak
def test_everybody_gets_their_own_rows_and_no_others(
    world: World, crm: psycopg.Connection, ask: Callable[..., Case], gather: Callable[[Case], Case]
) -> None:
    for person, email in fill(crm, world).items():
        case = gather(ask(email=email))
        assert case.stage == "holds"
        calls, invoices = ids(case, "call", "id"), ids(case, "invoice", "no")
        assert len(set(calls)) == len(calls)
        assert (set(calls), set(invoices)) == (world.calls_of(person), world.invoices_of(person))
        assert ids(case, "customer", "no") == [person]

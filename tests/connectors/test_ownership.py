"""No row outside the interval in which an identifier was the person's, whichever system it lies in.

Numbers pass from hand to hand, also on the nights the clock changes; a family shares an account; an employer holds
numbers that employees used. Every connector must find exactly what is the person's: nothing else, and nothing less.
"""

import json
import os
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors.contract.base import Identifier, moment
from tests.systems.api_server import Reply

pytestmark = pytest.mark.soak

ZONE = ZoneInfo("Europe/Copenhagen")
NUMBERS, ACCOUNTS, PEOPLE = ("+451", "+452"), ("A1", "A2", None), ("Anna", "Bo", "firm")
FIND = 'find = { msisdn = "msisdn", account = "account" }\nkey_columns = ["id"]\nat = "at"\n'
NIGHTS = (
    datetime(2026, 3, 28, 22, tzinfo=UTC),
    datetime(2026, 10, 24, 22, tzinfo=UTC),
    datetime(2026, 7, 31, 20, tzinfo=UTC),
)


@dataclass(frozen=True)
class Call:
    id: int
    msisdn: str
    account: str | None
    at: datetime  # naive, local

    def row(self) -> dict[str, object]:
        return {"id": self.id, "msisdn": self.msisdn, "account": self.account, "at": self.at.isoformat()}


@dataclass(frozen=True)
class World:
    calls: tuple[Call, ...]
    holders: dict[str, list[tuple[datetime, str]]]  # by number: since when whose
    accounts: dict[str, str]

    def identifiers(self, person: str) -> list[Identifier]:
        found = [
            Identifier("account", account) for account, holder in self.accounts.items() if holder == person
        ]
        for number, turns in self.holders.items():
            ends = [start for start, _ in turns[1:]] + [None]
            starts = [None, *(start for start, _ in turns[1:])]
            for (_, holder), start, end in zip(turns, starts, ends, strict=True):
                if holder == person:
                    found.append(Identifier("msisdn", number, start, end))
        return found

    def belongings(self, person: str) -> set[int]:
        return {
            call.id
            for call in self.calls
            if person in (self.accounts.get(call.account or ""), self.holder(call))
        }

    def holder(self, call: Call) -> str:
        when = moment(call.at, ZONE)
        assert when is not None
        turns = self.holders[call.msisdn]
        return [holder for index, (start, holder) in enumerate(turns) if index == 0 or start <= when][-1]


def real(naive: datetime) -> bool:
    """A time no clock ever showed cannot be in a log."""
    return naive.replace(tzinfo=ZONE).astimezone(UTC).astimezone(ZONE).replace(tzinfo=None) == naive


# Few enough that calls often happen at the very moment a number changes hands.
instants = st.builds(
    lambda night, quarters, micro: night + timedelta(minutes=15 * quarters, microseconds=micro),
    st.sampled_from(NIGHTS), st.integers(0, 24), st.sampled_from((0, 0, 0, 1, -1)),
)  # fmt: skip
locals_ = instants.map(lambda at: at.astimezone(ZONE).replace(tzinfo=None, fold=0)).filter(real)
turns = st.lists(
    st.tuples(instants, st.sampled_from(PEOPLE)), min_size=1, max_size=4, unique_by=lambda turn: turn[0]
)


@st.composite
def worlds(draw):
    drawn = draw(
        st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(ACCOUNTS), locals_), max_size=25)
    )
    calls = tuple(Call(index, *values) for index, values in enumerate(drawn))
    holders = {number: sorted(draw(turns)) for number in NUMBERS}
    return World(calls, holders, {"A1": draw(st.sampled_from(PEOPLE)), "A2": draw(st.sampled_from(PEOPLE))})


def proven(world, connector, everything):
    for person in PEOPLE:
        found = [orjson.loads(line)["id"] for line in everything(connector, world.identifiers(person), 4)]
        assert len(set(found)) == len(found)
        assert set(found) == world.belongings(person)


# Shrinking a failure through a database takes minutes and tells no more.
SEARCH = (Phase.explicit, Phase.reuse, Phase.generate)
SHARED = [HealthCheck.function_scoped_fixture]
many = settings(
    max_examples=400 if os.environ.get("SOAK") else 12,
    deadline=None,
    phases=SEARCH,
    suppress_health_check=SHARED,
)


@many
@given(world=worlds())
@pytest.mark.parametrize("type_", ["timestamp", "timestamptz"])
def test_in_postgresql(crm, connecting, crm_url, everything, world, type_):
    crm.execute(
        f"drop table if exists call; create table call (id int primary key, msisdn text, account text, at {type_})"
    )
    with crm.cursor() as cursor:
        values = [(call.id, call.msisdn, call.account, _written(call, type_)) for call in world.calls]
        cursor.executemany("insert into call values (%s, %s, %s, %s)", values)
    source = 'kind = "sql"\nurl = "env:CRM"\ntime_zone = "Europe/Copenhagen"\n'
    proven(world, connecting(source, FIND + 'table = "crm.call"\n', CRM=crm_url), everything)


def _written(call: Call, type_: str) -> datetime:
    return call.at.replace(tzinfo=ZONE) if type_ == "timestamptz" else call.at


@many
@given(world=worlds())
def test_in_sqlite(folder, connecting, everything, world):
    with sqlite3.connect(folder / "x.db") as database:
        database.execute("drop table if exists call")
        database.execute("create table call (id int primary key, msisdn text, account text, at text)")
        database.executemany(
            "insert into call values (:id, :msisdn, :account, :at)", [call.row() for call in world.calls]
        )
    source = f'kind = "sql"\nurl = "sqlite:///{folder}/x.db"\ntime_zone = "Europe/Copenhagen"\n'
    proven(world, connecting(source, FIND + 'table = "call"\n'), everything)


@many
@given(world=worlds())
@pytest.mark.parametrize("type_", ["timestamp", "timestamptz", "json"])
def test_in_files(folder, connecting, everything, world, type_):
    for month in ("2026-03", "2026-07", "2026-08", "2026-10"):
        place = folder / f"month={month}"
        place.mkdir(exist_ok=True)
        _write(place, [call for call in world.calls if call.at.isoformat().startswith(month)], type_)
    ending = "jsonl" if type_ == "json" else "parquet"
    collection = FIND + f'table = "month=*/*.{ending}"\npartition = "month"\n'
    source = f'kind = "files"\npath = "{folder}"\ntime_zone = "Europe/Copenhagen"\n'
    proven(world, connecting(source, collection), everything)


def _write(place, calls, type_):
    if type_ == "json":
        (place / "x.jsonl").write_text("".join(json.dumps(call.row()) + "\n" for call in calls))
        return
    with duckdb.connect() as duck:
        duck.execute(f'create table call (id int, msisdn varchar, account varchar, "at" {type_})')
        for call in calls:
            written = call.at.replace(tzinfo=ZONE) if type_ == "timestamptz" else call.at
            duck.execute(
                "insert into call values (?, ?, ?, ?::varchar)",
                [call.id, call.msisdn, call.account, str(written)],
            )
        duck.execute(f"copy call to '{place}/x.parquet' (format parquet)")


@many
@given(world=worlds())
def test_in_an_api(api, connecting, everything, world):
    def answer(asked):
        matching = [call.row() for call in world.calls
                    if asked.params in ({"number": call.msisdn}, {"account": call.account})]  # fmt: skip
        return Reply(matching)

    api.answer = answer
    collection = FIND + 'path = "/calls"\nparams = { number = "{msisdn}", account = "{account}" }\n'
    source = f'kind = "http"\nbase_url = "{api.url}"\ntime_zone = "Europe/Copenhagen"\n'
    proven(world, connecting(source, collection), everything)

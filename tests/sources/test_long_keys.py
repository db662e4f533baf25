"""A key of twenty digits, as SIM cards have, is a number in JSON like any other: the very row goes, and no other."""

import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from cases import expiry, schedule
from cases.execution import execute
from cases.models import Case, Operator, ScheduledErasure
from connectors.jsonline import exactly, read_exactly

pytestmark = pytest.mark.django_db
MINE, NEIGHBOUR = 89460000000000000001, 89460000000000000002  # the same number for a computer's fractions
CONNECTORS = """
[[source]]
key = "crm"
NAME
kind = "sql"
url = "env:LONG_CRM"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "customer"
key_columns = ["no"]
find = { email = "email", customer_no = "no" }
link = ["email"]
contract_end = "left_on"
yields = [{ kind = "customer_no", column = "no" }]

[[source]]
key = "lake"
NAME
kind = "files"
path = "env:LONG_LAKE"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "sims"
category = "CATEGORY"
NAME
table = "sims.jsonl"
key_columns = ["iccid"]
find = { customer_no = "customer_no" }
at = "at"
on_erase = "delete"
"""


@pytest.fixture
def sims(tmp_path: Path) -> Path:
    return tmp_path / "lake" / "sims.jsonl"


@pytest.fixture
def erased(
    tmp_path: Path,
    sims: Path,
    describe: Callable[..., Operator],
    approved_erasure: Callable[..., Case],
) -> Callable[[str], Case]:
    """erased(category) is Anna's erasure where SIM cards are of that category, carried out."""
    crm = sqlite3.connect(tmp_path / "crm.sqlite", isolation_level=None)
    crm.execute("CREATE TABLE customer (no TEXT PRIMARY KEY, email TEXT, left_on DATE)")
    crm.execute("INSERT INTO customer VALUES ('C1', 'anna@example.com', '2026-01-31')")
    sims.parent.mkdir()
    rows = [f'{{"iccid":{no},"customer_no":"{who}","at":"2025-12-31"}}\n' for no, who in
            ((MINE, "C1"), (NEIGHBOUR, "C2"))]  # fmt: skip
    sims.write_text("".join(rows))

    def make(category: str) -> Case:
        place = {"LONG_CRM": f"sqlite:///{tmp_path}/crm.sqlite", "LONG_LAKE": str(sims.parent)}
        describe(CONNECTORS.replace("CATEGORY", category), **place)
        case = approved_erasure()
        execute(case.pk)
        case.refresh_from_db()
        return case

    return make


def test_it_is_erased_and_its_neighbour_stays(erased: Callable[[str], Case], sims: Path) -> None:
    case = erased("correspondence")
    assert (case.stage, case.blocked_by) == ("delivery", "")
    assert str(MINE) not in sims.read_text()
    assert str(NEIGHBOUR) in sims.read_text()


def test_it_waits_for_the_end_of_the_books_and_goes(erased: Callable[[str], Case], sims: Path) -> None:
    case = erased("invoices")
    one = ScheduledErasure.everything.get(case=case)
    assert [key for key, _record in schedule.read(one, [])] == [(MINE,)]
    assert one.until
    expiry.erase_due(one.until + timedelta(days=1))
    assert str(MINE) not in sims.read_text()
    assert str(NEIGHBOUR) in sims.read_text()


def test_every_digit_and_every_day_is_kept() -> None:
    assert read_exactly(exactly([MINE, "å", date(2026, 1, 31), None, 0.5])) == [
        MINE, "å", "2026-01-31", None, 0.5,
    ]  # fmt: skip
    assert exactly({"key": (MINE,)}) == b'{"key":[%d]}' % MINE
    with pytest.raises(TypeError):
        exactly({1, 2})

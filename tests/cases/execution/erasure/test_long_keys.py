"""A key of twenty digits, as SIM cards have, is a number in JSON like any other: the very row goes, and no other."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from cases.execution.erasure import expiry, schedule
from cases.models import Case, ScheduledErasure
from connectors.rows.jsonline import exactly, read_exactly

pytestmark = pytest.mark.django_db
MINE, NEIGHBOUR = 89460000000000000001, 89460000000000000002  # the same number for a computer's fractions
SIMS = """
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
def sims(lake: Path) -> Path:
    file = lake / "sims.jsonl"
    rows = [f'{{"iccid":{no},"customer_no":"{who}","at":"2025-12-31"}}\n' for no, who in
            ((MINE, "C1"), (NEIGHBOUR, "C2"))]  # fmt: skip
    file.write_text("".join(rows))
    return file


@pytest.fixture
def erased(sims: Path, erased_from_files: Callable[[str], Case]) -> Callable[[str], Case]:
    """erased(category) is Anna's erasure where SIM cards are of that category, carried out."""
    return lambda category: erased_from_files(SIMS.replace("CATEGORY", category))


def test_it_is_erased_and_its_neighbour_stays(erased: Callable[[str], Case], sims: Path) -> None:
    case = erased("correspondence")
    assert (case.stage, case.blocked_by) == ("execution", "by-hand")
    assert str(MINE) not in sims.read_text()
    assert str(NEIGHBOUR) in sims.read_text()


def test_it_waits_for_the_end_of_the_books_and_goes(erased: Callable[[str], Case], sims: Path) -> None:
    case = erased("invoices")
    one = ScheduledErasure.objects.get(case=case)
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

"""What an erasure says is gone no case goes on counting, also one that read it a moment before."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Case
from cases.sources.ordinary_view import note_said_erased, still_there
from tests.cases.orders.secrecy_over_time import RETAINED
from tests.operators.line import work
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db
BO, ROW = "bo@example.com", (2,)


@pytest.fixture
def scene() -> Scene:
    return TELLING


@pytest.mark.parametrize(
    ("minutes", "there"),
    [((-5, -1), []), ((-1, 1), []), ((1, 2), [ROW])],
    ids=["said-after", "said-while-it-was-read", "said-before"],
)
def test_a_row_said_to_be_gone_since_the_reading_began_is_not_counted(
    ask: Callable[..., Case], crm: sqlite3.Connection, minutes: tuple[int, int], there: list[tuple[int]]
) -> None:
    crm.executescript(RETAINED)
    run = work(ask("access", BO)).runs.get(collection="retained")
    note_said_erased(work(ask("erasure", BO)), "crm", "retained", "0", [(ROW, None)])
    started, finished = (timezone.now() + timedelta(minutes=each) for each in minutes)
    run.started_at, run.finished_at = started, finished
    assert list(still_there(run, [ROW])) == there

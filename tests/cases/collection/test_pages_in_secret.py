"""Where secret rules can touch rows, a page ends by what everybody may see: what else lies there makes none more."""

import sqlite3
from collections.abc import Callable

import orjson
import pytest
from django.db import transaction
from django.utils import timezone

from cases.collection import gathering
from cases.identity import matching
from cases.models import Case, Run
from cases.rows import chunks
from tests.operators.by_hand import gather
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db
PAGE = 4
# Before, between, behind, and more of them than a page has room for.
SECRETLY = ([], [0], [5, 6, 25], [100], list(range(70, 79)), [*range(6), 15, *range(100, 120)])


@pytest.fixture
def scene() -> Scene:
    return TELLING


@pytest.fixture
def run(ask: Callable[..., Case], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(gathering, "PAGE_ROWS", PAGE)
    case = ask("access", "bo@example.com")
    matching.match(case.pk)
    gathering.collect(case.pk)
    return case.runs.get(collection="retained")


def messages(run: Run, crm: sqlite3.Connection, seen: list[int], secret: list[int]) -> list[tuple[int, int]]:
    """How many rows everybody may know of after each message, and in how many parts they lie."""
    crm.execute("DELETE FROM retained")
    rows = [(number, "") for number in seen] + [(number, "targeted") for number in secret]
    at = timezone.now().strftime("%F %T")
    crm.executemany(
        "INSERT INTO retained (id, customer_no, kind, at) VALUES (?, 'C2', ?, ?)",
        [(*row, at) for row in rows],
    )
    found = []
    with transaction.atomic():
        while run.status != "done":
            gathering.collect_page(run.pk)
            run.refresh_from_db()
            found.append((run.rows, run.bytes))
        assert [orjson.loads(line)["id"] for line in chunks.lines(run)] == seen
        assert [orjson.loads(line)["id"] for line in chunks.lines(run, secret=True)] == sorted(secret)
        transaction.set_rollback(True)
    run.refresh_from_db()
    return found


@pytest.mark.parametrize("rows", [0, 3, 4, 5, 8, 9])
def test_what_nobody_may_know_of_is_no_message_more(rows: int, run: Run, crm: sqlite3.Connection) -> None:
    seen = [10 * number + 9 for number in range(rows)]
    alone = messages(run, crm, seen, [])
    assert len(alone) == max(1, -(-rows // PAGE))
    for secret in SECRETLY:
        assert messages(run, crm, seen, secret) == alone, secret


def test_a_page_ends_in_time_however_many_are_not_to_be_seen(
    run: Run, crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "PAGE_SECONDS", -1)
    assert len(messages(run, crm, [], list(range(9)))) == 3
    gather(run.case)

"""Whatever happens in whatever order, nobody without clearance can tell a story with secret orders from one without.

A few long stories here, thousands under `make soak`. That they would find a leak is proven by making one: each guard
is taken out by itself, and a story has to tell.
"""

import inspect
import os
import sqlite3
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from types import FunctionType
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from cases.assessment import over_retained
from cases.casework.members import tokens
from cases.collection import gathering
from cases.desk import filters
from cases.execution.erasure import erasing, expiry, guarded, later_rows, schedule
from cases.execution.erasure import over_retained as erasing_kept
from cases.models import Case, Operator, Scope
from cases.models.execution import OpenLaterRows
from cases.orders import cleared, court_orders
from cases.request import references
from cases.sealed import vault
from cases.sources import ordinary_view
from tests.cases.orders.stories import START, TALKING, Story, drawn
from tests.cases.orders.telling import APART, TOGETHER, Clock, Telling, told
from tests.cases.orders.uncleared import Views, told_apart
from tests.operators.line import Staff
from tests.operators.scenes import Scene

pytestmark = pytest.mark.django_db
SOAK = bool(os.environ.get("SOAK"))
# Here those that tell most where a guard is missing.
PARTS = [range(part, 2000, 40) for part in range(40)] if SOAK else [(13,), (40,), (96,), (124,)]
# Stories that are tried before a leak counts as not found.
BUDGET = 60
Tell = Callable[[Story], dict[str, list[str]]]
DATED = "clock_timestamp(), max(at)"
RESTART = """
    DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
            EXECUTE format('ALTER SEQUENCE %I RESTART WITH 5000', one.sequencename);
        END LOOP;
    END $$
"""


@pytest.fixture
def scene() -> Scene:
    return TALKING


@pytest.fixture
def clock(db: None, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The record is dated by the database: its function is given the story's clock, and is otherwise as it is.

    Then both tellings have the same times, and with them the same hashes, and nothing of the record need be left out
    of what is compared. The test takes it back with everything else.
    """
    (clock := Clock()).move(START)
    monkeypatch.setattr(timezone, "now", clock)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('cases_audit_record'::regproc)")
        [[function]] = cursor.fetchall()
        assert function.count(DATED) == 1
        cursor.execute(
            function.replace(DATED, "current_setting('story.moment')::timestamptz, max(NULL::timestamptz)")
        )
    return clock


@pytest.fixture
def apart(
    clock: Clock,
    unset_type: None,
    crm: sqlite3.Connection,
    operator: Operator,
    staff: Staff,
    ask: Callable[..., Case],
    away: Callable[[bool], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Tell:
    """apart(story): by what others could tell it with what is secret from the same without."""
    for roles in (TOGETHER, *APART, ("cleared",)):
        staff(*roles)
    token = tokens.make(staff("system", name="portal"), days=3650, scopes=Scope.values)
    monkeypatch.setattr(settings, "METRICS_TOKEN", "metrics")
    # Pages of two rows: what is split off moves where they end.
    for module in (gathering, later_rows):
        monkeypatch.setattr(module, "PAGE_ROWS", 2)
    before = sqlite3.connect(":memory:")
    crm.backup(before)

    def tell(story: Story, *, secret: bool) -> list[Views]:
        before.backup(crm)
        vault.delete_folder("cases")
        # The same references and numbers each time: a gap in them would tell as well.
        monkeypatch.setattr(references, "secrets", Random(1))
        with transaction.atomic():
            connection.cursor().execute(RESTART)
            clock.move(START)
            telling = Telling(
                secret=secret, tidy=story.tidy, crm=crm, operator=operator, staff=staff, ask_for=ask, away=away,
                clock=clock, token=token,
            )  # fmt: skip
            views = list(told(story, telling))
            transaction.set_rollback(True)
        return views

    return lambda story: told_apart(tell(story, secret=False), tell(story, secret=True))


def shortest(story: Story, tells: Callable[[Story], object]) -> Story:
    """Without the steps that it does not need to tell."""
    for number in reversed(range(len(story.steps))):
        if tells(shorter := story.without(number)):
            story = shorter
    return story


@dataclass(frozen=True)
class Guard:
    """A line that keeps a secret: where it is, what it says, and what would be there without it."""

    function: Callable[..., object]
    line: str
    without: str

    def read(self) -> tuple[FunctionType, str]:
        """The function, and its text."""
        inner = inspect.unwrap(self.function)
        assert isinstance(inner, FunctionType)
        text = textwrap.dedent(inspect.getsource(inner))
        assert text.count(self.line) == 1, f"{self.line} is no line of {inner.__qualname__} any more"
        return inner, text

    def gone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        inner, text = self.read()
        made = dict(inner.__globals__)
        exec(text.replace(self.line, self.without), made)
        monkeypatch.setattr(inner, "__code__", inspect.unwrap(made[inner.__name__]).__code__)


def everything(manager: type[models.Manager[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is secret comes along with the rest."""
    monkeypatch.setattr(manager, "get_queryset", models.Manager.get_queryset)


# By what each keeps, with the first story that is known to tell without it.
GUARDS: dict[str, tuple[Guard | type[models.Manager[Any]], int | None]] = {
    "rows that an erasure said are gone are written down": (
        Guard(erasing._note_page, "note_said_erased(", "(lambda *_given: None)("), None),
    "rows that went with a schedule are written down": (
        Guard(expiry._close, "note_said_erased(", "(lambda *_given: None)("), None),
    "what was said to be gone is split off": (
        Guard(ordinary_view._hiding, "return said.has(row_key(collection, row, line), day)", "return False"), None),
    "what is past its period is split off": (
        Guard(ordinary_view._hiding, "if past(", "if False and past("), None),
    "what is of a secret kind is split off": (
        Guard(ordinary_view._hiding, "if is_secret(", "if False and is_secret("), 96),
    "what is split off is not counted": (
        Guard(gathering.store, "run.rows += len(ordinary)", "run.rows += len(covered)"), 96),
    "no rows are expected": (
        Guard(gathering._read, "run.category not in guarded(run.case.operator_id)", "True"), 96),
    "what was said to be gone is not acted on": (
        Guard(ordinary_view.still_there, "if each not in gone]", "]"), None),
    "a secret order moves no case": (
        Guard(court_orders._judged_cases, "if order.secret:", "if False:"), None),
    "that it was registered stands apart": (
        Guard(court_orders._stream, 'if order.secret', 'if False'), 96),
    "that it was judged with everything stands apart": (
        Guard(cleared.assess_cleared, 'stream="cleared"', 'stream="open"'), None),
    "that rows were kept too long stands apart": (
        Guard(over_retained._write, 'stream="cleared"', 'stream="open"'), None),
    "the list of orders lacks it": (
        Guard(court_orders.visible_orders, "if allowed(user, operator, Permission.SEE_SECRET):", "if True:"), 96),
    "what it keeps counts as erased": (
        Guard(erasing._note_page, "len(page.going)", "len(page.free)"), 96),
    "what it keeps counts as erased on its day": (
        Guard(expiry._gone, "(0 if one.secret else secretly)", "0"), None),
    "what it keeps is asked for on its day": (
        Guard(expiry._erase, "(key for key, _day in rows.said())", "rows.going()"), None),
    "what a source erases by itself does not count": (
        Guard(guarded.counted, "in guarded(case.operator_id)", "in ()"), None),
    "what it keeps is scheduled apart": (
        Guard(schedule.entry_for, "secret=True", "secret=False"), None),
    "that a secret schedule ended stands apart": (
        Guard(expiry._close, '"cleared" if one.secret else "open"', '"open"'), None),
    "that a secret schedule failed is nobody's task": (
        Guard(expiry._note_failure, "if not one.secret:", "if True:"), None),
    "rows kept too long are tasks of few": (
        Guard(erasing_kept.tasks_for, "operators_for(user, Permission.SEE_SECRET)", "operators_for(user)"), None),
    "later rows everybody sees lack what is secret": (OpenLaterRows, None),
    "whose file is over is found by no number": (
        Guard(filters.found_by, '(known & ~Q(file_sealed=b""))', "known"), None),
}  # fmt: skip


def test_every_guard_is_where_the_table_says() -> None:
    for guard, _seed in GUARDS.values():
        if isinstance(guard, Guard):
            guard.read()


@pytest.mark.soak
@pytest.mark.skipif(not SOAK, reason="make soak")
@pytest.mark.parametrize("kept", GUARDS)
def test_without_its_guard_a_story_tells(kept: str, apart: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    guard, known = GUARDS[kept]
    if isinstance(guard, Guard):
        guard.gone(monkeypatch)
    else:
        everything(guard, monkeypatch)
    first = [] if known is None else [known]
    assert any(apart(drawn(seed)) for seed in (*first, *range(BUDGET)))


@pytest.mark.soak
@pytest.mark.parametrize("seeds", PARTS, ids=lambda seeds: f"from {seeds[0]}")
def test_no_sequence_tells_of_a_secret_order(seeds: Sequence[int], apart: Tell) -> None:
    for seed in seeds:
        if apart(story := drawn(seed)):
            story = shortest(story, apart)
            pytest.fail(f"story {seed}:\n{story}\n{apart(story)}")

"""The lines that keep a secret order from telling, each with a short story that tells once it is taken out."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import FunctionType
from typing import Any

import pytest
from django.db import models

from cases.assessment import over_retained
from cases.collection import gathering
from cases.desk.queue import searching
from cases.execution.erasure import erasing, expiry, guarded, schedule
from cases.execution.erasure import over_retained as erasing_kept
from cases.models.execution import OpenLaterRows
from cases.orders import cleared, court_orders
from cases.sources import ordinary_view
from tests.whole_line.any_sequence.stories import START, Step, Story, drawn_long


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


def ask(right: str) -> Step:
    return Step("ask", {"right": right, "who": "C2"})


def order(days: int = 90) -> Step:
    return Step("order", {"kind": "customer_no", "value": "C2", "categories": [], "days": days})


def after(days: int) -> Step:
    return Step("days", {"days": days})


def bo(*steps: Step, rows: str = "", tidy: bool = False) -> Story:
    """What happens to Bo, who has left, about whose retained rows there is an order."""
    return Story(rows, "", steps, tidy)


def retained(kind: str, days: int, number: int = 1) -> str:
    """A row of Bo's of so many days ago. Those without a kind go with an erasure; of the internet after ten months."""
    return f"INSERT INTO retained VALUES ({number}, 'C2', '{kind}', '{START - timedelta(days=days):%F %T}', NULL, 0);"


FINISH, LOOK, ARRIVES = Step("finish"), Step("look"), Step("arrives")
BACK = Step("returns", {"who": "C2", "at": "2026-02-25 11:00:00"})
GOES, STAYS = retained("", 40), retained("internet", 290)
ERASED = (order(), ask("erasure"), FINISH)
AGAIN = bo(*ERASED, BACK, ask("access"), rows=GOES)
ON_ITS_DAY = bo(ask("erasure"), FINISH, order(), after(30), rows=STAYS)
REMEMBERED = (
    "tests/cases/orders/test_secrecy_over_time.py::test_a_schedule_of_an_ordinary_kind_is_remembered_too"
)
# By what each keeps. A story drawn by chance where none shorter is known; a plain test where no story is.
GUARDS: dict[str, tuple[Guard | type[models.Manager[Any]], Story | str]] = {
    "rows that an erasure said are gone are written down": (
        Guard(erasing._note_page, "note_said_erased(", "(lambda *_given: None)("), AGAIN),
    "rows that went with a schedule are written down": (
        Guard(expiry._close, "note_said_erased(", "(lambda *_given: None)("), REMEMBERED),
    "what was said to be gone is split off": (
        Guard(ordinary_view._hiding, "return said.has(row_key(collection, row, line), day)", "return False"), AGAIN),
    "what is past its period is split off": (
        Guard(ordinary_view._hiding, "if past(", "if False and past("),
        bo(order(), after(1), ask("access"), rows=retained("internet", 400), tidy=True)),
    "what is of a secret kind is split off": (
        Guard(ordinary_view._hiding, "if is_secret(", "if False and is_secret("),
        bo(ARRIVES, ask("access"))),
    "what is split off is not counted": (
        Guard(gathering.store, "run.rows += len(ordinary)", "run.rows += len(lines)"), bo(ARRIVES, ask("access"))),
    "no rows are expected": (
        Guard(gathering._read, "run.category not in guarded(run.case.operator_id)", "True"), drawn_long(96)),
    "what was said to be gone is not acted on": (
        Guard(ordinary_view.still_there, "if each not in gone]", "]"),
        bo(order(), ask("erasure"), ask("restriction"), FINISH, FINISH, rows=GOES)),
    "a secret order moves no case": (
        Guard(court_orders.judged_with, "if order.secret:", "if False:"), bo(ask("access"), order(), rows=GOES)),
    "that it was registered stands apart": (
        Guard(court_orders._stream, 'if order.secret', 'if False'), bo(ask("access"), order())),
    "that it was judged with everything stands apart": (
        Guard(cleared.assess_cleared, 'stream="cleared"', 'stream="open"'), bo(ask("access"), LOOK)),
    "that rows were kept too long stands apart": (
        Guard(over_retained._write, 'stream="cleared"', 'stream="open"'), AGAIN),
    "the list of orders lacks it": (
        Guard(court_orders.visible_orders, "if allowed(user, operator, Permission.SEE_SECRET):", "if True:"),
        bo(ask("access"), order())),
    "what it keeps counts as erased": (
        Guard(erasing._note_page, "len(page.going)", "len(page.free)"), bo(*ERASED, rows=GOES)),
    "what it keeps counts as erased on its day": (
        Guard(expiry._gone, "(0 if one.secret else secretly)", "0"), ON_ITS_DAY),
    "what it keeps is asked for on its day": (
        Guard(expiry._erase, "(key for key, _day in rows.said())", "rows.going()"), ON_ITS_DAY),
    "what a source erases by itself does not count": (
        Guard(guarded.counted, "in guarded(case.operator_id)", "in ()"),
        bo(ask("erasure"), FINISH, order(), after(30), rows=STAYS, tidy=True)),
    "what it keeps is scheduled apart": (
        Guard(schedule.entry_for, "secret=True", "secret=False"), bo(*ERASED, rows=GOES + retained("internet", 5, 2))),
    "that a secret schedule ended stands apart": (
        Guard(expiry._close, '"cleared" if one.secret else "open"', '"open"'), bo(*ERASED, after(95), rows=GOES)),
    "that a secret schedule failed is nobody's task": (
        Guard(expiry._note_failure, "if not one.secret:", "if True:"),
        bo(*ERASED, Step("silence", {"days": 95}), rows=GOES)),
    "rows kept too long are tasks of few": (
        Guard(erasing_kept.tasks_for, "operators_for(user, Permission.SEE_SECRET)", "operators_for(user)"), AGAIN),
    "later rows everybody sees lack what is secret": (
        OpenLaterRows, bo(ask("erasure"), ARRIVES, FINISH)),
    "whose file is over is found by no number": (
        Guard(searching._known, "_ids(Identifier.objects.filter(FILE_KEPT, ", "_ids(Identifier.objects.filter("),
        bo(ask("erasure"), FINISH, after(280), order(), after(30), after(56), rows=retained("internet", 5))),
}  # fmt: skip

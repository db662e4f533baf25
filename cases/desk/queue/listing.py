"""A page of the queue: found by where the one before it ended, so that the last costs what the first does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case as CaseOf
from django.db.models import Count, DateField, F, Func, Q, QuerySet, TextField, Value, When
from django.db.models.lookups import GreaterThan, LessThan

from cases.models import Case
from cases.models.course.days import FIRST, NOT_CLOSED
from cases.request import references

SIZE = 50
# So many of the most urgent open cases are counted: what lies beyond is "and more", and takes no time.
COUNTED = 10_000


@dataclass(frozen=True)
class Order:
    """What a view is sorted by beside the reference: `day` is a column, or an annotation of one."""

    day: str
    forward: bool


# What is open, the most urgent first; everything, the newest first.
URGENT, NEWEST = Order("first", forward=True), Order("due_on", forward=False)


@dataclass(frozen=True)
class Page:
    """Cases in order, and the places to go on from, as an address holds them; "" where there is nothing more."""

    cases: list[Case]
    before: str
    after: str

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)

    def __len__(self) -> int:
        return len(self.cases)


def page_of(cases: QuerySet[Case], order: Order, *, after: str = "", before: str = "") -> Page:
    """The page that follows a place, or ends before one; the first where neither can be read."""
    place, backwards = _read(after), False
    if place is None and (place := _read(before)):
        backwards = True
    up = order.forward != backwards
    found = _from(cases.annotate(first=FIRST), order.day, place, up=up)
    rows = list(found[: SIZE + 1])
    more, shown = len(rows) > SIZE, rows[:SIZE]
    if backwards:
        shown.reverse()
    has_before, has_after = (more, True) if backwards else (place is not None, more)
    return Page(
        shown,
        _written(shown[0], order) if shown and has_before else "",
        _written(shown[-1], order) if shown and has_after else "",
    )


def _from(cases: QuerySet[Case], day: str, place: tuple[date, str] | None, *, up: bool) -> QuerySet[Case]:
    if place is not None:
        here, there = _row(F(day), F("reference")), _row(Value(place[0], DateField()), Value(place[1]))
        cases = cases.filter((GreaterThan if up else LessThan)(here, there))
    return cases.order_by(day, "reference") if up else cases.order_by(f"-{day}", "-reference")


def _row(*parts: Any) -> Func:
    # Compared as a whole, which is what an index can be entered by.
    return Func(*parts, function="ROW", output_field=TextField())


def _written(case: Case, order: Order) -> str:
    return f"{getattr(case, order.day)}.{case.reference}"


def _read(place: str) -> tuple[date, str] | None:
    day, _dot, typed = place.partition(".")
    try:
        reference = references.read(typed)
        return (date.fromisoformat(day), reference) if reference else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Counts:
    """How many of the most urgent open cases are in each view, and whether there are more open ones than that."""

    of: dict[str, int]
    more: bool


def counts(cases: QuerySet[Case], views: Mapping[str, Q]) -> Counts:
    """Of open cases alone, in one question: closed ones take no part in it."""
    marks = {f"in_{key}": CaseOf(When(condition, then=1)) for key, condition in views.items()}
    nearest = cases.filter(NOT_CLOSED).annotate(first=FIRST).order_by("first", "reference")
    rows = nearest.annotate(**marks).values("pk", *marks)[:COUNTED]
    found = rows.aggregate(
        all=Count("pk"), **{key: Count(mark) for key, mark in zip(views, marks, strict=True)}
    )
    return Counts(found, found.pop("all") == COUNTED)

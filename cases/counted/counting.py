"""Everything that is counted of an operator's cases, asked of the database in groups: what comes back grows with
months and days, and not with cases.

Nothing is read that a secret order changes: cases, their clock, and the decisions everybody at the desk sees. Cases for
named staff count like all others: that there is one more tells of nobody.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Case as CaseOf
from django.db.models import CharField, Count, DateField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Concat, ExtractDay, NullIf, TruncMonth

from cases.counted.waits import WAITS_FOR
from cases.models import Abuse, AuthorityRefusal, Case, ClockEvent, Correction, Decision, Run
from cases.models.case import Outcome, Stage
from cases.models.counted.figures import Counted
from cases.models.course.days import FIRST, NO_DAY, NOT_CLOSED

# An answer in the sense of Article 12(3) and (4): it says what was done, or why not.
ANSWERS = (Outcome.GRANTED, Outcome.PARTLY, Outcome.REFUSED, Outcome.NOTHING_HELD)
REFUSING = (Outcome.PARTLY, Outcome.REFUSED)
# What a decision can come to that refuses nothing.
GRANTING = ("give", "port", "erase", "gone", "stop", "granted", "none", "others")
# Days since receipt, as the ages of what is open; more than the last is "more".
AGES = (7, 14, 30, 60, 90)
# So many weeks ahead what falls due is told week by week.
WEEKS = 8

ON_TIME, LATE = "on-time", "late"
OVERDUE, LATER, NO_WEEK = "overdue", "later", "none"


class Key(NamedTuple):
    """What a figure is of; ``month`` is the first day of one, or None for what stands open now."""

    right: str
    month: date | None
    name: str
    of: str = ""


def counted(operator: str, today: date) -> Counter[Key]:
    """Every figure of the operator, from its cases as they are."""
    found = Counter[Key]()
    for part in (_received, _answered, _otherwise, _extended, _grounds):
        for key, count in part(Case.objects.filter(operator=operator)):
            found[key] += count
    for key, count in _standing(Case.objects.filter(NOT_CLOSED, operator=operator), today):
        found[key] += count
    return found


Lines = Iterator[tuple[Key, int]]


def _received(cases: QuerySet[Case]) -> Lines:
    groups = cases.values_list("right", TruncMonth("received_on")).order_by()
    for right, month, count in groups.annotate(count=Count("pk")):
        yield Key(right, month, Counted.RECEIVED), count


def _answers(cases: QuerySet[Case]) -> QuerySet[Any]:
    """Those that are answered, with the day and the month of the answer."""
    answered = cases.filter(
        stage=Stage.CLOSED, outcome__in=ANSWERS, clock_events__kind=ClockEvent.Kind.ANSWERED
    )
    return answered.annotate(day=F("clock_events__on"), month=TruncMonth("clock_events__on")).order_by()


def _answered(cases: QuerySet[Case]) -> Lines:
    timely = CaseOf(When(day__lte=F("due_on"), then=Value(ON_TIME)), default=Value(LATE))
    groups = _answers(cases).annotate(took=ExtractDay(F("day") - F("received_on")), timely=timely)
    values = groups.values_list("right", "month", "outcome", "took", "timely")
    for right, month, outcome, took, in_time, count in values.annotate(count=Count("pk")):
        yield Key(right, month, Counted.ANSWERED, outcome), count
        yield Key(right, month, Counted.DAYS, str(took)), count
        yield Key(right, month, Counted.TIMELY, in_time), count


def _otherwise(cases: QuerySet[Case]) -> Lines:
    closed = cases.filter(stage=Stage.CLOSED).exclude(outcome__in=ANSWERS).order_by()
    month = TruncMonth("closed_at", output_field=DateField())
    for right, when, outcome, count in closed.values_list("right", month, "outcome").annotate(
        count=Count("pk")
    ):
        yield Key(right, when, Counted.OTHERWISE, outcome), count


def _extended(cases: QuerySet[Case]) -> Lines:
    events = ClockEvent.objects.filter(case__in=cases, kind=ClockEvent.Kind.EXTENDED).order_by()
    for right, month, ground, count in events.values_list("case__right", TruncMonth("on"), "ground").annotate(
        count=Count("pk")
    ):
        yield Key(right, month, Counted.EXTENDED, ground), count


def _grounds(cases: QuerySet[Case]) -> Lines:
    """Each answer once a ground: a rule of law that keeps the data, what was decided instead, or who asked and how."""
    refusing = _answers(cases).filter(outcome__in=REFUSING)
    decided = Decision.objects.exclude(outcome__in=GRANTING)
    for right, month, ground, count in (
        refusing.filter(decisions__in=decided)
        .annotate(ground=Coalesce(NullIf("decisions__rule", Value("")), "decisions__outcome"))
        .values_list("right", "month", "ground")
        .annotate(count=Count("pk", distinct=True))
    ):
        yield Key(right, month, Counted.GROUND, ground), count
    for ground, why in (
        ("abuse", Q(pk__in=Abuse.objects.filter(fee="").values("case"))),
        ("fee", Q(pk__in=Abuse.objects.exclude(fee="").values("case"))),
        ("authority", Q(pk__in=AuthorityRefusal.objects.values("case"))),
        ("correction", Q(pk__in=Correction.objects.filter(outcome="refused").values("case"))),
        ("source-law", Q(pk__in=Run.objects.filter(status=Run.Status.LEFT_OUT).values("case"))),
    ):
        groups = refusing.filter(why).values_list("right", "month")
        for right, month, count in groups.annotate(count=Count("pk")):
            yield Key(right, month, Counted.GROUND, ground), count


def _standing(cases: QuerySet[Case], today: date) -> Lines:
    age = CaseOf(
        *(When(received_on__gte=today - timedelta(days=days), then=Value(str(days))) for days in AGES),
        default=Value("more"),
        output_field=CharField(),
    )
    by_age = cases.annotate(kind=Concat("stage", Value("."), age))
    for right, kind, count in by_age.values_list("right", "kind").order_by().annotate(count=Count("pk")):
        yield Key(right, None, Counted.OPEN, kind), count
    waits = cases.annotate(whom=WAITS_FOR).values_list("right", "whom").order_by()
    for right, whom, count in waits.annotate(count=Count("pk")):
        yield Key(right, None, Counted.WAITING, whom), count
    due = cases.annotate(first=FIRST).values_list("right", "first").order_by()
    for right, first, count in due.annotate(count=Count("pk")):
        yield Key(right, None, Counted.DUE, week_of(first, today)), count


def week_of(first: date, today: date) -> str:
    """The Monday of the week in which it is due, as ISO 8601 has it; or that it is overdue, far off, or not known."""
    if first == NO_DAY:
        return NO_WEEK
    if first < today:
        return OVERDUE
    monday = first - timedelta(days=first.weekday())
    last = today - timedelta(days=today.weekday()) + timedelta(weeks=WEEKS - 1)
    return monday.isoformat() if monday <= last else LATER

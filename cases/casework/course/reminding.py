"""What has to be done soon, or should have been, is told once a day to whoever has the case and to whoever leads.

Of each case once before its day and once after it; a day that moves is told anew. The mail has references and days, and
nothing of the person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models import Case as CaseOf

from cases.casework import standstill
from cases.casework.course.handing_over import caseworkers, worked_by
from cases.casework.mail import queue_to_staff
from cases.casework.members.leading import leads
from cases.casework.members.named import seen_by
from cases.casework.operators import register_of
from cases.models import Case, Operator, Reminded, User
from cases.models.course.days import FIRST, NOT_CLOSED, PROOF_FIRST

# A mail names so many; how many more there are it says, and the queue has them all.
NAMED = 50


@dataclass(frozen=True)
class Line:
    reference: str
    day: date
    late: bool


def remind_all(today: date) -> int:
    """Everybody at every operator. Returns how many mails were written; a second time on the same day none."""
    if standstill.stops("remind-staff"):
        return 0
    operators = Operator.objects.filter(is_active=True, register__isnull=False).order_by("pk")
    return sum(_remind(pk, today) for pk in operators.values_list("pk", flat=True))


@transaction.atomic
def _remind(slug: str, today: date) -> int:
    # Two at once would both write to whoever was not told yet.
    operator = Operator.objects.select_for_update(no_key=True).get(pk=slug)
    near = _near(operator, today)
    if not near.exists():
        return 0
    lead = set(leads(operator).values_list("pk", flat=True))
    members = (caseworkers(operator) | leads(operator)).exclude(email="")
    return sum(
        _tell(operator, one, _of(near, one, today, leading=one.pk in lead), today)
        for one in members.distinct()
    )


def _near(operator: Operator, today: date) -> QuerySet[Any]:
    """The open cases whose day is past or comes soon, each with its day and whether it is past."""
    last = today + timedelta(days=register_of(operator).settings.remind_days)
    late = CaseOf(When(first__lt=today, then=Value(True)), default=Value(False), output_field=BooleanField())
    opened = Case.objects.filter(NOT_CLOSED & ~PROOF_FIRST, operator=operator)
    return opened.annotate(first=FIRST).filter(first__lte=last).annotate(late=late)


def _of(near: QuerySet[Any], user: User, today: date, *, leading: bool) -> QuerySet[Any]:
    """Those this member has or leads, may know of, and was not told of yet."""
    told = Reminded.objects.filter(
        user=user, case=OuterRef("pk"), day=OuterRef("first"), late=OuterRef("late")
    )
    theirs = Q() if leading else worked_by(user, today)
    return near.filter(seen_by(user), theirs).exclude(Exists(told)).order_by("first", "reference")


def _tell(operator: Operator, user: User, cases: QuerySet[Any], today: date) -> bool:
    """One mail a day, of all that there is to tell by then."""
    if Reminded.objects.filter(user=user, case__operator=operator, on=today).exists():
        return False
    found = list(cases.values_list("pk", "reference", "first", "late"))
    if not found:
        return False
    lines = [Line(reference, day, late) for _pk, reference, day, late in found]
    _note(user, today, ((pk, day, late) for pk, _reference, day, late in found))
    more = len(lines) - NAMED
    queue_to_staff(operator, "digest", to=user.email, lines=lines[:NAMED], more=max(more, 0))
    return True


def _note(user: User, today: date, told: Iterable[tuple[int, date, bool]]) -> None:
    Reminded.objects.bulk_create(
        Reminded(case_id=pk, user=user, day=day, late=late, on=today) for pk, day, late in told
    )

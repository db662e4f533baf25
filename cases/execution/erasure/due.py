"""Which kept rows are due to be erased, and which of those still wait because they could not be reached."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.casework.operators import register_of, register_of_case
from cases.law.clock import date_of_receipt
from cases.models import Operator, ScheduledErasure


def still_waiting(on: date | None = None) -> Iterator[ScheduledErasure]:
    """What was due before ``on`` and could not be erased, its error with it; nothing under a secret rule."""
    failed = perhaps_due(ScheduledErasure.objects.exclude(error=""), on)
    for one in failed.select_related("case__operator", "case__register").order_by("case__operator", "pk"):
        if is_due(one, day_of(one, on)):
            yield one


def has_come(on: date) -> bool:
    """Whether this day has begun for every operator: what is kept until then may go nowhere before."""
    now = timezone.now()
    zones = {register_of(operator).time_zone for operator in Operator.objects.all()}
    return all(on <= date_of_receipt(now, zone) for zone in zones)


def due_then(on: date) -> QuerySet[ScheduledErasure]:
    """What has a last day before ``on`` and is not erased; nothing under a secret rule."""
    return ScheduledErasure.objects.filter(until__lt=on, erased_at=None)


def perhaps_due(entries: QuerySet[ScheduledErasure], on: date | None) -> QuerySet[ScheduledErasure]:
    """Those that are due somewhere: the day is a day longer in the east."""
    return entries.filter(Q(until__lt=latest(on)) | Q(until=None), erased_at=None)


def latest(on: date | None) -> date:
    """The day before which a last day has to lie."""
    return on or timezone.now().date() + timedelta(days=1)


def day_of(one: ScheduledErasure, on: date | None) -> date:
    return on or date_of_receipt(timezone.now(), register_of_case(one.case).time_zone)


def is_due(one: ScheduledErasure, day: date) -> bool:
    # One that was judged today and stays is not looked at again before tomorrow.
    return (one.until is None or one.until < day) and one.judged_on != day

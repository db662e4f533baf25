"""What waits, and since when. Counted over what is open: nothing here grows with what is closed or sent."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from cases.models import Case, Dispatch, ErrandRun, OutgoingMail, SourceHealth
from cases.models.case import Stage

SWEEP = "cases.tasks.sweep"
OPEN = [stage for stage in Stage.values if stage != Stage.CLOSED]
SOON = timedelta(days=3)


def last_tick() -> datetime | None:
    """When the clock's most frequent errand last ran; None where it never has."""
    return ErrandRun.objects.filter(task=SWEEP).values_list("ran_at", flat=True).first()


def oldest_message() -> datetime | None:
    """Since when the message waits that no worker took for longest."""
    return _first(Dispatch.objects.order_by("sent_at").values_list("sent_at", flat=True))


def oldest_mail() -> datetime | None:
    mails = OutgoingMail.objects.filter(sent_at=None, failed_at=None).order_by("created_at")
    return _first(mails.values_list("created_at", flat=True))


def failing_sources() -> int:
    return SourceHealth.objects.exclude(error="").count()


def stages() -> Iterator[tuple[str, str, int, datetime]]:
    """Operator, stage, how many cases are there, and since when the one that stands there for longest."""
    counted = (
        Case.objects.filter(stage__in=OPEN).values_list("operator", "stage").order_by("operator", "stage")
    )
    yield from counted.annotate(count=Count("pk"), since=Min("stage_since"))


def deadlines() -> Iterator[tuple[str, int, int, int]]:
    """Operator, and of its open cases: how many are overdue, due soon, or have not stopped what they had to."""
    today = timezone.localdate()
    counted = Case.objects.filter(stage__in=OPEN).values_list("operator").order_by("operator")
    yield from counted.annotate(
        overdue=Count("pk", filter=Q(due_on__lt=today, paused=False)),
        soon=Count("pk", filter=Q(due_on__range=(today, today + SOON), paused=False)),
        missed=Count("pk", filter=Q(act_by__lt=today, interim_at=None)),
    )


def messages() -> Iterator[tuple[str, int, datetime]]:
    """Task, how many messages of it no worker has taken yet, and since when the oldest waits."""
    waiting = Dispatch.objects.values_list("task").order_by("task")
    yield from waiting.annotate(count=Count("pk"), since=Min("sent_at"))


def mails() -> tuple[int, int]:
    """How many wait, and how many were given up on within a day."""
    unsent = OutgoingMail.objects.filter(sent_at=None)
    a_day_ago = timezone.now() - timedelta(days=1)
    return unsent.filter(failed_at=None).count(), unsent.filter(failed_at__gt=a_day_ago).count()


def _first(moments: Any) -> datetime | None:
    found: datetime | None = moments.first()
    return found

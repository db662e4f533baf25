"""Doors that slow down who tries often: some tries a day are free, then each is followed by a longer wait.

Nobody is ever refused for good. What is counted is a keyed hash (of a request, a mailbox, a network), kept for a day.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

import structlog
from django.db import connection, transaction
from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from cases.models import Attempt
from cases.sealed import vault

DAY = timedelta(days=1)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Pace:
    """How many tries within a day need no wait, and how the wait after each further one doubles."""

    door: str
    free: int
    first_wait: timedelta
    longest_wait: timedelta

    def wait_after(self, tries: int) -> timedelta:
        """How long after the last of so many tries the next one is taken."""
        if tries < self.free:
            return timedelta(0)
        # Capped before it is multiplied: the power has no bound, a timedelta has.
        return min(self.longest_wait, self.first_wait * (1 << min(tries - self.free, 20)))


@dataclass(frozen=True)
class Try:
    """Whether a try is taken now (``wait`` is nothing), and which of the day it is."""

    wait: timedelta
    number: int

    @property
    def minutes(self) -> int:
        return max(1, ceil(self.wait / timedelta(minutes=1)))


@transaction.atomic
def claim(pace: Pace, operator: str, key: str) -> Try:
    """Take a try, or say how long to wait for it. The same statements for any key."""
    digest = _digest(pace, operator, key)
    with connection.cursor() as cursor:
        # Or any number at once would all find the same one free.
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [pace.door + digest])
    so_far = _made(pace, operator, key).aggregate(tries=Count("pk"), last=Max("at"))
    wait = pace.wait_after(so_far["tries"])
    left = so_far["last"] + wait - timezone.now() if so_far["last"] else timedelta(0)
    if left > timedelta(0):
        log.warning("has-to-wait", door=pace.door, tries=so_far["tries"])
        return Try(left, so_far["tries"])
    Attempt.objects.create(door=pace.door, key=digest)
    return Try(timedelta(0), so_far["tries"] + 1)


def tries(pace: Pace, operator: str, key: str) -> int:
    """How many were made within a day."""
    return _made(pace, operator, key).count()


def note(pace: Pace, operator: str, key: str) -> None:
    """Count a try that somebody else has let through."""
    Attempt.objects.create(door=pace.door, key=_digest(pace, operator, key))


def take_back(pace: Pace, operator: str, key: str) -> None:
    """The last try does not count: it was no guess."""
    last = _made(pace, operator, key).order_by("-at", "-pk").values("pk")[:1]
    Attempt.objects.filter(pk__in=last).delete()


def forget() -> None:
    """What counts no longer."""
    Attempt.objects.filter(at__lt=timezone.now() - DAY).delete()


def _made(pace: Pace, operator: str, key: str) -> QuerySet[Attempt]:
    since = timezone.now() - DAY
    return Attempt.objects.filter(door=pace.door, key=_digest(pace, operator, key), at__gt=since)


def _digest(pace: Pace, operator: str, key: str) -> str:
    return vault.digest(operator, f"attempt:{pace.door}", key)

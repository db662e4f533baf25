"""Figures as they are kept, added up for a page: as much is read whatever the number of cases."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, Sum

from cases.models import ErrandRun, Figure
from cases.models.counted.figures import Counted

ROLL_UP = "cases.tasks.roll_up"


@dataclass(frozen=True)
class Asked:
    """Which figures: of these operators, of one right or of all (""), from the first month to the last, both included.

    What stands open now is of no month.
    """

    operators: Collection[str]
    right: str
    first: date
    last: date

    @property
    def months(self) -> list[date]:
        """The first day of each, in order."""
        count = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        places = range(self.first.month - 1, self.first.month - 1 + count)
        return [date(self.first.year + place // 12, place % 12 + 1, 1) for place in places]


@dataclass(frozen=True)
class Sums:
    """What was asked for: by right (name, right, of), and by month (name, month, of); nothing is 0."""

    by_right: Counter[tuple[str, str, str]]
    by_month: Counter[tuple[str, date | None, str]]

    def of(self, name: str) -> Counter[str]:
        """How many of each, over all rights."""
        found = Counter[str]()
        for (each, _right, of), count in self.by_right.items():
            if each == name:
                found[of] += count
        return found

    def of_right(self, name: str, right: str) -> Counter[str]:
        return Counter(
            {
                of: count
                for (each, which, of), count in self.by_right.items()
                if (each, which) == (name, right)
            }
        )

    def in_month(self, name: str, month: date) -> Counter[str]:
        return Counter(
            {of: count for (each, when, of), count in self.by_month.items() if (each, when) == (name, month)}
        )


def read(asked: Asked) -> Sums:
    """Two questions, each answered in groups."""
    kept = Figure.objects.filter(
        Q(month=None) | Q(month__range=(asked.first, asked.last)), operator__in=asked.operators
    )
    if asked.right:
        kept = kept.filter(right=asked.right)
    by_right = kept.values_list("name", "right", "of").order_by().annotate(total=Sum("count"))
    # How many days each took is told of the whole time alone.
    monthly = kept.exclude(name=Counted.DAYS)
    by_month = monthly.values_list("name", "month", "of").order_by().annotate(total=Sum("count"))
    return Sums(
        Counter({(name, right, of): total for name, right, of, total in by_right}),
        Counter({(name, month, of): total for name, month, of, total in by_month}),
    )


def first_month(operators: Collection[str]) -> date | None:
    """The first of which there are figures."""
    kept = Figure.objects.filter(operator__in=operators).exclude(month=None).order_by("month")
    return kept.values_list("month", flat=True).first()


def as_of() -> datetime | None:
    """When the figures were last made to fit the cases; None where they never were."""
    return ErrandRun.objects.filter(task=ROLL_UP).values_list("ran_at", flat=True).first()

from django.db import models
from django.db.models import Q

from cases.models.case import Right
from cases.models.operators import Operator


class Counted(models.TextChoices):
    """What is counted; ``of`` says which of them."""

    RECEIVED = "received"
    # The outcome; the whole days from receipt to answer; whether it went out by its day.
    ANSWERED = "answered"
    DAYS = "days"
    TIMELY = "timely"
    # Closed without an answer: the outcome.
    OTHERWISE = "otherwise"
    EXTENDED = "extended"
    # Answers that refuse something, by each ground they have.
    GROUND = "ground"
    # Of what is open now: stage and age, whom it waits for, the week in which it is due.
    OPEN = "open"
    WAITING = "waiting"
    DUE = "due"


STANDING = (Counted.OPEN, Counted.WAITING, Counted.DUE)


class Figure(models.Model):
    """How many cases of one right: in the month in which it happened, or as it stands now (no month).

    Written by the clock from the cases, so that no page counts them (`cases.counted.rolling`).
    """

    operator = models.ForeignKey(Operator, models.CASCADE, related_name="figures")
    right = models.CharField(max_length=20, choices=Right)
    month = models.DateField(null=True, help_text="Its first day; none for what stands open now")
    name = models.CharField(max_length=10, choices=Counted)
    of = models.CharField(max_length=40, blank=True)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "right", "month", "name", "of"],
                name="figure_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(count__gt=0), name="figure_of_something"),
            models.CheckConstraint(
                condition=Q(month=None, name__in=STANDING) | Q(month__day=1) & ~Q(name__in=STANDING),
                name="figure_of_a_month_or_of_now",
            ),
        ]
        indexes = [models.Index(fields=["operator", "month"], name="figure_by_month")]

    def __str__(self) -> str:
        return f"{self.name} {self.of}: {self.count}"

from django.db import models

from cases.models.case import Case
from cases.models.operators import User


class Reminded(models.Model):
    """Somebody was told that a case has to be done by a day, or that the day is past: each once."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    day = models.DateField(help_text="The day of which they were told: a day that moves is told anew")
    late = models.BooleanField(help_text="Whether it was past by then")
    on = models.DateField(help_text="The day on which they were told")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "user", "day", "late"], name="reminded_once"),
        ]
        indexes = [models.Index(fields=["user", "on"], name="reminded_by_day")]

    def __str__(self) -> str:
        return f"{self.day}{' late' if self.late else ''}"

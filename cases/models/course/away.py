from django.db import models
from django.db.models import F, Q

from cases.models.operators import Operator, User


class Absence(models.Model):
    """From the first to the last of these days somebody else works a member's cases at an operator."""

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="absences")
    deputy = models.ForeignKey(User, models.CASCADE, related_name="+")
    first = models.DateField()
    last = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["first", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="absence_forward"),
            models.CheckConstraint(condition=~Q(user=F("deputy")), name="absence_has_another"),
        ]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

from django.db import models
from django.db.models import F, Q

from cases.models.case import Case
from cases.models.operators import User


class Likeness(models.Model):
    """What somebody made of two requests of one person for the same thing: one answer, beside each other, or neither.

    ``case`` is the one that came first.
    """

    class Kind(models.TextChoices):
        JOINED = "joined"
        LINKED = "linked"
        APART = "apart"

    case = models.ForeignKey(Case, models.PROTECT, related_name="later_alike")
    later = models.ForeignKey(Case, models.PROTECT, related_name="earlier_alike")
    kind = models.CharField(max_length=6, choices=Kind)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "later"], name="likeness_once"),
            models.CheckConstraint(condition=~Q(case=F("later")), name="likeness_of_two"),
            models.CheckConstraint(
                condition=Q(kind__in=["joined", "linked", "apart"]), name="likeness_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.later_id}"

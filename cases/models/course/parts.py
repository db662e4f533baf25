from django.db import models
from django.db.models import F, Q

from cases.models.case import Case


class LaterPart(models.Model):
    """A data category that is not in the answer of the first of two cases, since it is answered in the other."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="later_parts")
    rest = models.ForeignKey(Case, models.PROTECT, related_name="own_parts")
    category = models.CharField(max_length=30)

    class Meta:
        ordering = ["category"]
        constraints = [
            models.UniqueConstraint(fields=["case", "category"], name="later_part_once"),
            models.CheckConstraint(condition=~Q(case=F("rest")), name="later_part_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.category} of {self.case_id} in {self.rest_id}"

from django.db import models

from cases.models.case import Case
from cases.models.operators import User


class NamedStaff(models.Model):
    """One of those who alone know of a case that is for named staff only. For everybody else there is no such case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="named")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    # Empty: the desk named them itself, when the case was closed to everybody else.
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "named staff"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="named_staff_once")]

    def __str__(self) -> str:
        return f"named for {self.case_id}"

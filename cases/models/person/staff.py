from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

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


class Partial(models.Model):
    """A member of staff to whom the case is closed: its person is they themselves, or close to them."""

    class Why(models.TextChoices):
        SELF = "self", _("is the person")
        CLOSE = "close", _("is close to the person")

    case = models.ForeignKey(Case, models.CASCADE, related_name="partial")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    why = models.CharField(max_length=5, choices=Why)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], name="partial_once"),
            models.CheckConstraint(condition=Q(why__in=["self", "close"]), name="partial_known_why"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.why} {self.case_id}"

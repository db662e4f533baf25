from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.operators import User
from cases.models.sealing.text import SealedText


class NumberUse(models.Model):
    """Who used a number from one day to another, and what of it the asker gets, as a caseworker found.

    Days are the operator's, both included; without one there is no limit on that side. The number lies sealed in the
    case file.
    """

    class By(models.TextChoices):
        ASKER = "asker", _("The person who asks")
        OTHER = "other", _("Somebody else")
        UNKNOWN = "unknown", _("Nobody can tell")

    case = models.ForeignKey(Case, models.CASCADE, related_name="number_uses")
    kind = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    sealed = models.BinaryField()
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    used_by = models.CharField(max_length=10, choices=By)
    traffic = models.BooleanField(help_text="Whether whom the number called, and what it looked at, is given")
    location = models.BooleanField(help_text="Whether where it was is given")
    reason = SealedText(under="case")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["kind", "digest", F("since").asc(nulls_first=True), "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(since__lte=F("until")),
                name="number_use_forward",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="number_use_has_reason"),
            models.CheckConstraint(
                condition=Q(used_by__in=["asker", "other", "unknown"]), name="number_use_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} used by {self.used_by}"

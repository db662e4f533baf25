from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.operators import User
from cases.models.sealing.text import SealedText


class Dispute(models.Model):
    """A complaint about a case at the authority (Article 77), or a case about it in court (Article 79)."""

    class Kind(models.TextChoices):
        COMPLAINT = "complaint", _("A complaint at the supervisory authority")
        COURT = "court", _("A case in court")

    class Ended(models.TextChoices):
        UPHELD = "upheld", _("The person was right, at least in part")
        DISMISSED = "dismissed", _("The person was not right")
        UNDECIDED = "undecided", _("It ended without a decision")

    case = models.ForeignKey(Case, models.PROTECT, related_name="disputes")
    kind = models.CharField(max_length=9, choices=Kind)
    number = models.CharField(max_length=60, help_text="Under which the authority or court has it")
    came_on = models.DateField(help_text="The day on which we heard of it")
    answer_by = models.DateField(
        null=True, help_text="The last day for our statement; empty where none is asked"
    )
    answered_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    ended_as = models.CharField(max_length=9, choices=Ended, blank=True)
    note = SealedText(under="case", help_text="What it is about, in the words of whoever noted it")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "number"], name="dispute_noted_once"),
            models.CheckConstraint(condition=Q(kind__in=["complaint", "court"]), name="dispute_known_kind"),
            models.CheckConstraint(condition=~Q(number="") & ~Q(note=""), name="dispute_said_what"),
            models.CheckConstraint(
                condition=Q(ended_on=None, ended_as="")
                | Q(ended_on__isnull=False, ended_as__in=["upheld", "dismissed", "undecided"]),
                name="dispute_ended_somehow",
            ),
            models.CheckConstraint(
                condition=(Q(answer_by=None) | Q(answer_by__gte=F("came_on")))
                & (Q(answered_on=None) | Q(answered_on__gte=F("came_on")))
                & (Q(ended_on=None) | Q(ended_on__gte=F("came_on"))),
                name="dispute_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

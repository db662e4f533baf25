from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.operators import User
from cases.models.sealing.text import SealedText


class Turn(models.Model):
    """Somebody at the desk led a case off the line, or back: why, and since which day."""

    class Kind(models.TextChoices):
        WITHDRAWN = "withdrawn", _("Withdrawn")
        UNIDENTIFIED = "unidentified", _("Closed: not identified")
        OURS = "ours", _("Reopened: it was closed by mistake")
        SUPPLEMENTED = "supplemented", _("Opened again for what the answer lacked")
        ASKED_AGAIN = "asked-again", _("Reopened: the person asked for it again")
        SPLIT = "split", _("Split: a part is answered later")
        TOGETHER = "together", _("Put together again")
        PASS_ON = "pass-on", _("The person wants it passed on to the customer")
        KEEP_HERE = "keep-here", _("The person does not want it passed on")

    case = models.ForeignKey(Case, models.PROTECT, related_name="turns")
    kind = models.CharField(max_length=12, choices=Kind)
    on = models.DateField(help_text="The day on which the person said so, or it was done")
    reason = SealedText(under="case", help_text="What shows it, in the words of whoever did it")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="turn_has_reason"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "withdrawn",
                        "unidentified",
                        "ours",
                        "supplemented",
                        "asked-again",
                        "split",
                        "together",
                        "pass-on",
                        "keep-here",
                    ]
                ),
                name="turn_known_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"

"""What the law makes of the rows: counts per verdict, and one decision per data category or purpose."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .case import Case
from .collection import Run
from .operators import User
from .sealing.text import SealedText


class View(models.TextChoices):
    """Two views of a case: what everybody at the desk sees, and what cleared officers see besides."""

    OPEN = "open"
    CLEARED = "cleared"


class Finding(models.Model):
    """So many rows of one run got the same verdict for the same reason. The counts of a run add up to its rows.

    Those of the cleared view are no rows of this table: they lie sealed as a `Secret` each.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="findings")
    view = models.CharField(max_length=10, choices=View, default=View.OPEN)
    verdict = models.CharField(max_length=15)
    rule = models.CharField(max_length=30, blank=True)
    until = models.DateField(null=True)
    opens = models.DateField(null=True, help_text="Delayed: the day it may be told")
    why = models.JSONField(default=dict, help_text="A reason of cases.reasons, in no language yet")
    review = models.JSONField(default=dict, help_text="Why a person has to look; empty where none has to")
    rows = models.PositiveBigIntegerField()
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)

    class Meta:
        ordering = ["run", "verdict", "until", "pk"]
        constraints = [models.CheckConstraint(condition=Q(view="open"), name="finding_cleared_is_sealed")]

    def __str__(self) -> str:
        return f"{self.verdict} {self.rows}"


class Decision(models.Model):
    """The outcome for one data category (or, for objections, one purpose) of one case."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        CONFIRMED = "confirmed", _("Confirmed")
        OVERRIDDEN = "overridden", _("Changed")

    class Ground(models.TextChoices):
        """By what of the law somebody refuses a part of what was asked."""

        OTHERS = "others", _("It would harm somebody else's rights (Article 15(4))")
        SECRETS = "secrets", _("It would give away trade secrets (Article 15(4), recital 63)")
        OTHERS_FILES = "others-files", _("It would harm somebody else's rights (Article 20(4))")
        DUTY = "duty", _("A law obliges us to keep it (Article 17(3)(b))")
        CLAIM = "claim", _("It is needed for a legal claim (Article 17(3)(e))")
        EXCESSIVE = "excessive", _("This part is manifestly unfounded or excessive (Article 12(5))")

    case = models.ForeignKey(Case, models.CASCADE, related_name="decisions")
    subject = models.CharField(max_length=30, help_text="A category key or a purpose code")
    proposed = models.CharField(max_length=15)
    outcome = models.CharField(max_length=15)
    rule = models.CharField(max_length=30, blank=True)
    until = models.DateField(null=True)
    review = models.JSONField(default=dict, help_text="Why a person has to look; empty where none has to")
    status = models.CharField(max_length=12, choices=Status, default=Status.PROPOSED)
    reason = SealedText(blank=True, under="case")
    ground = models.CharField(
        max_length=12,
        choices=Ground,
        blank=True,
        help_text="By what a part is refused, where somebody said so",
    )
    fee = models.CharField(
        max_length=60,
        blank=True,
        help_text="For which an excessive part is answered after all (Article 12(5)(a))",
    )
    before = models.JSONField(
        default=dict, help_text="What somebody had decided before the law came to propose something else"
    )
    before_reason = SealedText(blank=True, under="case")
    register_text = models.JSONField(default=dict, help_text="The register's words, frozen with the decision")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["subject"]
        # What the data protection officer reads, the newest first.
        indexes = [
            models.Index(fields=["-decided_at"], condition=Q(status="overridden"), name="decision_changed")
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "subject"], name="decision_once"),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_by=None)
                | (~Q(status="proposed") & ~Q(decided_by=None)),
                name="decision_has_decider",
            ),
            models.CheckConstraint(
                condition=~Q(status="overridden") | ~Q(reason=""), name="decision_override_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(ground="") | Q(status="overridden"), name="decision_ground_is_somebodys"
            ),
            models.CheckConstraint(
                condition=Q(fee="") | Q(ground="excessive"), name="decision_fee_if_excessive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.outcome}"

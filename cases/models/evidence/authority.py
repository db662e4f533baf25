"""What became of somebody's word that they may ask for another: accepted, in whole or in part, or refused."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import AuthorityKind, Case
from cases.models.operators import User
from cases.models.sealing.text import SealedText


class AnswerTo(models.TextChoices):
    """Who gets the answer where somebody asks for another."""

    ASKER = "asker", _("Whoever asks")
    PERSON = "person", _("The person themselves")
    BOTH = "both", _("Both")


class Authority(models.Model):
    """That a person checked that somebody may ask for another: of what kind, how far it reaches, who gets the answer.

    The rights it reaches to are those of the cases that point here. Nothing outside the days it covers is gathered.
    """

    kind = models.CharField(
        max_length=10, choices=AuthorityKind, blank=True, help_text="Empty: accepted before kinds were noted"
    )
    covers_from = models.DateField(
        null=True, help_text="The first local day of rows it covers; empty: from ever"
    )
    covers_until = models.DateField(null=True, help_text="The last one; empty: without end")
    answer_to = models.CharField(max_length=10, choices=AnswerTo, default=AnswerTo.ASKER)
    # Shared by cases whose files end at different times, so under no case's key.
    checked = SealedText()
    child_heard = SealedText(blank=True, help_text="What the child wants, and how that is known")
    together = SealedText(blank=True, help_text="How it is known that the other custodian agrees")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "authorities"
        constraints = [
            models.CheckConstraint(condition=~Q(checked=""), name="authority_says_what"),
            models.CheckConstraint(
                condition=Q(kind__in=["", "attorney", "guardian", "custody", "estate"]),
                name="authority_known_kind",
            ),
            models.CheckConstraint(
                condition=Q(covers_from=None) | Q(covers_until=None) | Q(covers_from__lte=F("covers_until")),
                name="authority_period_forward",
            ),
            models.CheckConstraint(
                condition=Q(answer_to__in=["asker", "person", "both"]), name="authority_known_answer_to"
            ),
            models.CheckConstraint(
                condition=~Q(kind="estate") | Q(answer_to="asker"), name="authority_nobody_answers_the_dead"
            ),
            models.CheckConstraint(
                condition=Q(kind="custody") | Q(child_heard="", together=""),
                name="authority_custody_alone_hears",
            ),
        ]

    def __str__(self) -> str:
        return f"authority checked {self.at:%F}"


class AuthorityRefusal(models.Model):
    """That a person did not accept that somebody may ask for another, and why; the letter says it (Article 12(4))."""

    class Ground(models.TextChoices):
        NOT_SHOWN = "not-shown", _("Nothing was shown that says so")
        NOT_VALID = "not-valid", _("What was shown is not valid")
        NOT_COVERED = "not-covered", _("What was shown does not cover this")
        IN_DOUBT = "in-doubt", _("It is in doubt who asks, or who the person is")

    case = models.OneToOneField(Case, models.PROTECT, related_name="authority_refusal")
    ground = models.CharField(max_length=12, choices=Ground)
    reason = SealedText(under="case", help_text="In the language of the case, for the letter")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="authority_refusal_says_why"),
            models.CheckConstraint(
                condition=Q(ground__in=["not-shown", "not-valid", "not-covered", "in-doubt"]),
                name="authority_refusal_known_ground",
            ),
        ]

    def __str__(self) -> str:
        return f"authority refused {self.at:%F}"

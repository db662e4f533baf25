"""What is carried out for the rights that need more than a verdict: corrections, restrictions, a second look at a
decision of a computer, a request found abusive, and the recipients who are told (Articles 12(5), 16, 18, 19, 22)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .case import Case
from .operators import User
from .sealing.text import SealedText


class Correction(models.Model):
    """One value the person says is wrong, in one row, and what becomes of it. Values lie sealed in the case file."""

    class Outcome(models.TextChoices):
        GRANTED = "granted", _("correct it")
        REFUSED = "refused", _("leave it")

    case = models.ForeignKey(Case, models.CASCADE, related_name="corrections")
    source = models.CharField(max_length=60)
    collection = models.CharField(max_length=60)
    category = models.CharField(max_length=30)
    row_digest = models.CharField(max_length=64)
    column = models.CharField(max_length=100)
    sealed = models.BinaryField(help_text="JSON {key, old, new} under the case file's key")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.GRANTED)
    reason = SealedText(blank=True, under="case")
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["source", "collection", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "source", "collection", "row_digest", "column"], name="correction_once"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(reason=""), name="correction_refused_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.collection}.{self.column}"


class Restriction(models.Model):
    """Rows of one collection that are restricted; their keys lie sealed, so that it can be lifted one day."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="restrictions")
    source = models.CharField(max_length=60)
    collection = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    rows = models.PositiveBigIntegerField()
    restricted_at = models.DateTimeField(auto_now_add=True)
    announced_at = models.DateTimeField(null=True)
    lifts_on = models.DateField(null=True)
    lift_reason = SealedText(blank=True, under="case")
    lifted_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["source", "collection"]
        constraints = [
            models.UniqueConstraint(fields=["case", "source", "collection"], name="restriction_once"),
            # The person is told before a restriction is lifted (Article 18(3)).
            models.CheckConstraint(
                condition=Q(lifts_on=None, announced_at=None)
                | Q(lifts_on__isnull=False, announced_at__isnull=False),
                name="restriction_lifted_only_after_notice",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None) | Q(announced_at__isnull=False),
                name="restriction_lifted_was_announced",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.collection}"


class Review(models.Model):
    """A person looked again at what a computer decided (Article 22(3))."""

    class Result(models.TextChoices):
        CHANGED = "changed", _("changed")
        UPHELD = "upheld", _("stands")
        NOT_AUTOMATED = "not-automated", _("was not made by a computer alone")

    case = models.OneToOneField(Case, models.CASCADE, related_name="review")
    purpose = models.CharField(max_length=20, help_text="The register's purpose in which it was decided")
    result = models.CharField(max_length=15, choices=Result)
    reasons = SealedText(under="case")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reasons=""), name="review_has_reasons")]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.result}"


class Abuse(models.Model):
    """A request found manifestly unfounded or excessive (Article 12(5)): refused, or answered for a fee."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="abuse")
    proof = SealedText(under="case", help_text="What shows it; the burden is the controller's")
    fee = models.CharField(max_length=60, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(proof=""), name="abuse_has_proof")]

    def __str__(self) -> str:
        return "fee" if self.fee else "refusal"


class RecipientNotice(models.Model):
    """One recipient who received the person's data and is told what became of them (Article 19)."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("mail")
        WEBHOOK = "webhook", _("web service")
        BY_HAND = "by-hand", _("by hand")

    class Status(models.TextChoices):
        WAITING = "waiting", _("not told yet")
        TOLD = "told", _("told")
        FAILED = "failed", _("could not be told")

    case = models.ForeignKey(Case, models.PROTECT, related_name="recipient_notices")
    recipient = models.CharField(max_length=200, help_text="The register's key, or the name in the record")
    channel = models.CharField(max_length=10, choices=Channel)
    address = models.CharField(max_length=300, blank=True)
    sealed = models.BinaryField(default=bytes, help_text="JSON, what is told; emptied once it was told")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(auto_now_add=True)
    told_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["recipient"]
        indexes = [models.Index(fields=["next_try_at"], condition=Q(status="waiting"), name="notice_waiting")]
        constraints = [
            models.UniqueConstraint(fields=["case", "recipient"], name="recipient_notice_once"),
            models.CheckConstraint(
                condition=Q(status="told", told_at__isnull=False) | (~Q(status="told") & Q(told_at=None)),
                name="recipient_notice_told_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient}: {self.status}"

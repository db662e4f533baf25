from django.db import models
from django.db.models import Q

from .case import Submission
from .mail import OutgoingMail
from .operators import Operator, User


class Level(models.TextChoices):
    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


# Proofs by electronic identity, named as the faces people know.
EID_METHODS = ("bankid", "mitid")


class MailedCode(models.Model):
    """A one-time code sent to a mailbox: to prove it at intake, or to open the status page."""

    class Purpose(models.TextChoices):
        PROVE = "prove"
        STATUS = "status"

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="codes")
    purpose = models.CharField(max_length=10, choices=Purpose)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    mail = models.OneToOneField(
        OutgoingMail,
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Its life begins when this is sent",
    )
    tries_left = models.PositiveSmallIntegerField(default=5)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.purpose} {self.created_at:%F %T}"


class Attempt(models.Model):
    """One try at a door that slows down who tries often. ``key`` is a keyed hash: of what, the door says."""

    door = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["door", "key", "at"], name="attempts_at_door"),
            models.Index(fields=["at"], name="attempts_since"),
        ]

    def __str__(self) -> str:
        return f"{self.door} {self.at:%F %T}"


class Knock(models.Model):
    """Something asked by reference, on a page that must not tell whether there is such a request: a worker looks."""

    class About(models.TextChoices):
        CODE = "code"
        GUESSES = "guesses"

    operator = models.ForeignKey(Operator, models.CASCADE, related_name="+")
    # No foreign key: mostly there is such a submission, and the page does the same where there is none.
    asked_of = models.UUIDField()
    about = models.CharField(max_length=10, choices=About)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(about__in=["code", "guesses"]), name="knock_known")]

    def __str__(self) -> str:
        return f"{self.about} {self.at:%F %T}"


class Proof(models.Model):
    """That someone proved something, when, and how strongly. What was proven is an Identifier of each case."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="proofs")
    level = models.CharField(max_length=15, choices=Level)
    method = models.CharField(max_length=20)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    issuer = models.CharField(
        max_length=300, blank=True, help_text="Who vouches for an electronic identity; empty for other proofs"
    )
    number_digest = models.CharField(
        max_length=64,
        blank=True,
        help_text="Keyed hash of the national number that was shown, until it is purged",
    )

    class Meta:
        ordering = ["at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(method="manual") | ~Q(by=None), name="proof_manual_has_witness"
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="proof_known_level"),
            models.CheckConstraint(
                condition=Q(method__in=EID_METHODS) ^ Q(issuer=""), name="proof_eid_names_issuer"
            ),
            models.CheckConstraint(
                condition=Q(method__in=EID_METHODS) | Q(number_digest=""), name="proof_number_by_eid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} ({self.level})"

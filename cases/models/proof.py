from uuid import uuid4

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
# A proof by a code that came to a phone number; it says nothing of the mailbox.
TEXT_MESSAGE = "text-message"


class TextMessage(models.Model):
    """A text message that has to go out. Sealed until the gateway took it, or it was given up; emptied afterwards."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="texts")
    key = models.UUIDField(default=uuid4, unique=True, help_text="The same whenever it is handed over again")
    number_digest = models.CharField(
        max_length=64, db_index=True, help_text="Keyed hash of the number, until it is purged"
    )
    sealed = models.BinaryField(help_text="JSON {number, text} under the operator's intake key")
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(sent_at=None, given_up_at=None), name="text_waiting"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(given_up_at=None), name="text_not_both_ways"
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None, given_up_at=None) | Q(sealed=b""), name="text_emptied_when_over"
            ),
        ]

    def __str__(self) -> str:
        return f"text {self.created_at:%F %T}"


class MailedCode(models.Model):
    """A one-time code to a mailbox or, by text message, to a number: to prove it, or to open the status page."""

    class Purpose(models.TextChoices):
        PROVE = "prove"
        STATUS = "status"
        NUMBER = "number"

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
    text = models.OneToOneField(
        TextMessage, models.SET_NULL, null=True, related_name="+", help_text="Or when this is"
    )
    tries_left = models.PositiveSmallIntegerField(default=5)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(mail=None) | Q(text=None), name="code_goes_one_way"),
            # A number is proven by what came to it, a mailbox by what came to that.
            models.CheckConstraint(
                condition=~Q(purpose="number") | Q(mail=None), name="code_of_number_is_texted"
            ),
            models.CheckConstraint(
                condition=~Q(purpose="prove") | Q(text=None), name="code_of_mailbox_is_mailed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.created_at:%F %T}"


class PostedCode(models.Model):
    """A code on paper, to the address in the population register. Its life begins on the day it is posted."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="posted_codes")
    digest = models.CharField(max_length=64)
    written_at = models.DateTimeField(auto_now_add=True)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    posted_at = models.DateTimeField(null=True)
    posted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    tries_left = models.PositiveSmallIntegerField(default=5)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(posted_at=None, posted_by=None)
                | Q(posted_at__isnull=False, posted_by__isnull=False),
                name="posted_code_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(posted_at__isnull=False), name="posted_code_used_only_posted"
            ),
        ]

    def __str__(self) -> str:
        return f"posted code {self.written_at:%F %T}"


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
        TEXT = "text"
        GUESSES = "guesses"

    operator = models.ForeignKey(Operator, models.CASCADE, related_name="+")
    # No foreign key: mostly there is such a submission, and the page does the same where there is none.
    asked_of = models.UUIDField()
    about = models.CharField(max_length=10, choices=About)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(about__in=["code", "text", "guesses"]), name="knock_known")
        ]

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

from typing import Final
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .case import Submission
from .mail import OutgoingMail
from .operators import Operator, User
from .sealing.text import SealedText


class Level(models.TextChoices):
    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


# Proofs by electronic identity, named as the faces people know.
EID_METHODS = ("bankid", "mitid")
# A proof by a code that was mailed: the one that tells that the mailbox is theirs.
MAILED_CODE: Final = "mailed-code"
# A proof by a code on paper to the registered address.
LETTER: Final = "letter"
# A proof that a caseworker vouches for.
MANUAL: Final = "manual"
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


class Evidence(models.TextChoices):
    """By what a caseworker knows who asks."""

    SHOP = "shop", _("identity document seen in a shop")
    VIDEO = "video", _("identity document seen in a video call")
    DOCUMENTS = "documents", _("documents that were sent in")
    QUESTIONS = "questions", _("control questions answered")
    CALLED = "called", _("called back on a number known before")
    OTHER = "other", _("something else")


class MailedCode(models.Model):
    """A one-time code to a mailbox or, by text message, to a number: to prove it, to open the status page, or to be
    written to there."""

    class Purpose(models.TextChoices):
        PROVE = "prove"
        STATUS = "status"
        NUMBER = "number"
        ADDRESS = "address"

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
    mailbox_digest = models.CharField(
        max_length=64,
        blank=True,
        db_index=True,
        help_text="Keyed hash of the mailbox it went to, be it not the person's yet, until it is purged",
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
    second = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Who vouches beside the first, for `high`",
    )
    evidence = models.CharField(max_length=10, choices=Evidence, blank=True)
    checked = SealedText(blank=True, help_text="What a caseworker looked at, in words; no document's number")
    issuer = models.CharField(
        max_length=300, blank=True, help_text="Who vouches for an electronic identity; empty for other proofs"
    )
    number_digest = models.CharField(
        max_length=64,
        blank=True,
        help_text="Keyed hash of the national number that was shown, until it is purged",
    )

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(method="manual") | ~Q(by=None), name="proof_manual_has_witness"
            ),
            models.CheckConstraint(
                condition=~Q(method="manual") | ~Q(evidence="") & ~Q(checked=""),
                name="proof_manual_says_what",
            ),
            models.CheckConstraint(
                condition=~Q(method="manual", level="high") | Q(second__isnull=False),
                name="proof_high_by_two",
            ),
            models.CheckConstraint(
                condition=Q(second=None) | Q(by__isnull=False) & ~Q(second=F("by")), name="proof_two_are_two"
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


class ProposedProof(models.Model):
    """A caseworker vouches at the highest level: it proves nothing before a second person has confirmed it."""

    submission = models.OneToOneField(Submission, models.CASCADE, related_name="proposed_proof")
    evidence = models.CharField(max_length=10, choices=Evidence)
    checked = SealedText()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(checked=""), name="proposed_proof_says_what")]

    def __str__(self) -> str:
        return f"{self.evidence} {self.at:%F}"


class FormerAddress(models.Model):
    """A reply address that another one took the place of: a keyed hash, to know it again; None: by the person."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="former_addresses")
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = SealedText(blank=True, help_text="How the caseworker knows the new one")
    replaced_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["replaced_at", "pk"]
        verbose_name_plural = "former addresses"
        constraints = [
            models.CheckConstraint(condition=Q(by=None) ^ ~Q(reason=""), name="address_by_staff_has_reason")
        ]

    def __str__(self) -> str:
        return f"until {self.replaced_at:%F %T}"

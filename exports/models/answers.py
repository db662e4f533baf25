"""Answers, their approval, and what was fetched."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.identity.mandates.addressing import asker_gets
from cases.models import Case, User
from cases.models.sealing.text import SealedText

# Of an answer, of which a case has one at most.
ON_ITS_WAY = ("building", "written", "ready", "approved")


class Answers(models.QuerySet["Answer"]):
    """Several of them."""

    def overtake(self) -> None:
        """None of them is on its way any more: another is written in its place."""
        self.filter(status__in=ON_ITS_WAY).update(status=Answer.Status.OVERTAKEN)


class Answer(models.Model):
    """A letter and a data package for a case: sealed in the vault, approved as one hash, delivered, then gone."""

    class Status(models.TextChoices):
        BUILDING = "building", _("Being prepared")
        WRITTEN = "written", _("Written, not yet sent to approval")
        READY = "ready", _("Ready for approval")
        RETURNED = "returned", _("Sent back")
        TAKEN_BACK = "taken-back", _("Taken back")
        OVERTAKEN = "overtaken", _("Overtaken")
        APPROVED = "approved", _("Approved")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Could not be prepared")

    case = models.ForeignKey(Case, models.PROTECT, related_name="answers")
    version = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.BUILDING)
    name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    bytes = models.PositiveBigIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    files = models.JSONField(default=list, help_text="The manifest: name, bytes, sha256, rows")
    snapshot = models.JSONField(
        default=dict, help_text="What the verdicts were computed from; no personal data"
    )
    letter_name = models.CharField(max_length=200, blank=True)
    receipt_name = models.CharField(max_length=200, blank=True)
    receipt_sha256 = models.CharField(max_length=64, blank=True)
    error = models.CharField(max_length=300, blank=True)
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(auto_now_add=True)
    words = models.ForeignKey(
        "exports.OwnWords",
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The version of the caseworker's own words that stands in the letter",
    )
    sent_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", help_text="Who read it and sent it to approval"
    )
    sent_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_sha256 = models.CharField(max_length=64, blank=True)
    return_reason = SealedText(blank=True, under="case")
    returned_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    returned_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    kept_longer_at = models.DateTimeField(null=True, help_text="When the person asked for more time, once")

    objects = Answers.as_manager()

    class Meta:
        ordering = ["case", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["case", "version"], name="answer_version_once"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(status__in=list(ON_ITS_WAY)),
                name="answer_one_on_its_way",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")), name="answer_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(sent_by=None) | ~Q(approved_by=F("sent_by")),
                name="answer_not_approved_by_its_sender",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None, approved_sha256="")
                | (~Q(approved_by=None) & ~Q(approved_at=None) & Q(approved_sha256=F("sha256"))),
                name="answer_approval_is_of_this_hash",
            ),
            models.CheckConstraint(
                condition=Q(delivered_at=None) | ~Q(approved_at=None), name="answer_delivered_only_approved"
            ),
            models.CheckConstraint(
                condition=Q(kept_longer_at=None)
                | Q(delivered_at__isnull=False, kept_longer_at__gte=F("delivered_at")),
                name="answer_kept_longer_only_delivered",
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.version}"

    @property
    def opened_at(self) -> datetime | None:
        """When the person first fetched it, by the record of what was fetched."""
        first = self.downloads.filter(who="subject", part=Download.Part.PACKAGE).first()
        return first.at if first else None

    @property
    def parcel_name(self) -> str:
        """Where what goes to another provider lies in the vault until it is there."""
        return f"cases/{self.case_id}/package/{self.version}-parcel"

    @property
    def is_over(self) -> bool:
        """Whether the days in which it can be fetched have passed."""
        return self.expires_at is not None and self.expires_at <= timezone.now()


TOLD = {
    "identity": _("We need to know who asks"),
    "unidentified": _("Why we have closed your request"),
    "lifting": _("The limit on use ends"),
    "extension": _("Why our answer takes longer"),
    "outside": _("Our answer about somebody who has died"),
    "interim": _("What we have done already"),
}


class CaseLetter(models.Model):
    """A letter beside the answer: read on the status page as a page or a PDF, until the case file's time is over."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", _("Question who asks")
        UNIDENTIFIED = "unidentified", _("Closed: nobody proved who asks")
        LIFTING = "lifting", _("End of a restriction")
        EXTENSION = "extension", _("The answer takes longer")
        OUTSIDE = "outside", _("Closed: the law does not reach somebody who has died")
        INTERIM = "interim", _("What was done at once")

    case = models.ForeignKey(Case, models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=15, choices=Kind)
    sealed = models.BinaryField(help_text="JSON {title, page}, under the case file's key")
    pdf_sealed = models.BinaryField(help_text="The same as a PDF")
    sha256 = models.CharField(max_length=64, help_text="Of the PDF")
    written_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.written_at:%F}"

    def may_be_opened(self, *, by_eid: bool) -> bool:
        """Whether whoever is behind the code gets it: as the answer, where it tells of what an answer did.

        The others are to the asker alone and tell nothing of the person. ``by_eid``: shown by electronic identity.
        """
        if self.kind not in (self.Kind.LIFTING, self.Kind.INTERIM):
            return True
        return asker_gets(self.case) and (by_eid or not self.case.protected_by)

    @property
    def told(self) -> str:
        """What the person is told that it is about."""
        return str(TOLD[self.Kind(self.kind)])


class Download(models.Model):
    """Somebody fetched a package or a receipt: who (the data subject, staff, a system) and when."""

    class Part(models.TextChoices):
        PACKAGE = "package", _("the package")
        RECEIPT = "receipt", _("the receipt")
        POST = "post", _("the letter for the post")
        LETTER = "answer", _("the letter")

    answer = models.ForeignKey(Answer, models.PROTECT, related_name="downloads")
    at = models.DateTimeField(auto_now_add=True)
    part = models.CharField(max_length=10, choices=Part, default=Part.PACKAGE)
    who = models.CharField(max_length=20)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.who} {self.at:%F %T}"


class Breach(models.Model):
    """An answer that reached the wrong person, as Article 33(5) has it written down: what happened, what was done.

    The texts end with the case file (`exports.retention`); that there was a breach, and when who was told, stays.
    """

    class Risk(models.TextChoices):
        UNLIKELY = "unlikely", _("Unlikely to be a risk to the person")
        RISK = "risk", _("A risk to the person")
        HIGH = "high", _("A high risk to the person")

    answer = models.OneToOneField(Answer, models.PROTECT, related_name="breach")
    aware_at = models.DateTimeField(help_text="When the operator learned of it; the 72 hours run from here")
    authority_by = models.DateTimeField(help_text="The last moment for the authority (Article 33(1))")
    happened = SealedText(under="answer.case")
    risk = models.CharField(max_length=10, choices=Risk)
    fetched = models.PositiveIntegerField(help_text="How often it had been fetched from outside by then")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    authority_told_at = models.DateTimeField(null=True)
    authority_reason = SealedText(blank=True, under="answer.case", help_text="Why not, or why so late")
    person_told_at = models.DateTimeField(null=True)
    person_reason = SealedText(blank=True, under="answer.case", help_text="Why not (Article 34)")
    measures = SealedText(blank=True, under="answer.case")
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "breaches"
        constraints = [
            models.CheckConstraint(condition=~Q(happened=""), name="breach_says_what"),
            models.CheckConstraint(
                condition=Q(authority_by__gt=F("aware_at")), name="breach_due_after_it_was_known"
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None)
                | Q(settled_at__isnull=False, settled_by__isnull=False)
                & (Q(authority_told_at__isnull=False) | ~Q(authority_reason=""))
                & (Q(person_told_at__isnull=False) | ~Q(person_reason=""))
                & ~Q(measures=""),
                name="breach_settled_says_who_was_told_or_why_not",
            ),
        ]

    def __str__(self) -> str:
        return f"breach {self.aware_at:%F %T}"

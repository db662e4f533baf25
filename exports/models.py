"""Answers, their approval, and what was fetched."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case, User


class Answer(models.Model):
    """A letter and a data package for a case: sealed in the vault, approved as one hash, delivered, then gone."""

    class Status(models.TextChoices):
        BUILDING = "building", _("Being prepared")
        READY = "ready", _("Ready for approval")
        RETURNED = "returned", _("Sent back")
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
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_sha256 = models.CharField(max_length=64, blank=True)
    return_reason = models.TextField(blank=True)
    delivered_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["case", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["case", "version"], name="answer_version_once"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(status__in=["building", "ready", "approved"]),
                name="answer_one_on_its_way",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")), name="answer_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None, approved_sha256="")
                | (~Q(approved_by=None) & ~Q(approved_at=None) & Q(approved_sha256=F("sha256"))),
                name="answer_approval_is_of_this_hash",
            ),
            models.CheckConstraint(
                condition=Q(delivered_at=None) | ~Q(approved_at=None), name="answer_delivered_only_approved"
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.version}"


TOLD = {
    "identity": _("We need to know that it is you"),
    "unidentified": _("Why we have closed your request"),
    "lifting": _("The limit on use ends"),
}


class CaseLetter(models.Model):
    """A letter beside the answer: read on the status page as a page or a PDF, until the case file's time is over."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", _("Question who asks")
        UNIDENTIFIED = "unidentified", _("Closed: nobody proved who asks")
        LIFTING = "lifting", _("End of a restriction")

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

    @property
    def told(self) -> str:
        """What the person is told that it is about."""
        return str(TOLD[self.Kind(self.kind)])


class Download(models.Model):
    """Somebody fetched a package or a receipt: who (the data subject, staff, a system) and when."""

    class Part(models.TextChoices):
        PACKAGE = "package", _("the package")
        RECEIPT = "receipt", _("the receipt")

    answer = models.ForeignKey(Answer, models.PROTECT, related_name="downloads")
    at = models.DateTimeField(auto_now_add=True)
    part = models.CharField(max_length=10, choices=Part, default=Part.PACKAGE)
    who = models.CharField(max_length=20)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.who} {self.at:%F %T}"

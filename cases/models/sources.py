"""What belongs to the systems themselves: questions to owners of what nobody can connect, files they give, health."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .case import Case
from .collection import Run
from .operators import Operator


class OwnerRequest(models.Model):
    """A question to the owner of a system that nobody can connect, answered behind a mailed link. One a run."""

    run = models.OneToOneField(Run, models.CASCADE, related_name="owner_request")
    asked_at = models.DateTimeField(auto_now_add=True)
    letters = models.PositiveSmallIntegerField(default=1, help_text="Mails sent; each has a link of its own")
    opened = models.PositiveSmallIntegerField(
        default=0, help_text="The newest mail whose link has been opened"
    )
    reminders = models.PositiveSmallIntegerField(default=0)
    wave = models.PositiveSmallIntegerField(
        default=0, help_text="The last wave of identifiers it was asked with"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opened__lte=models.F("letters")), name="owner_opens_what_was_sent"
            )
        ]

    def __str__(self) -> str:
        return f"{self.run} asked {self.asked_at:%F}"


class HandedFile(models.Model):
    """A file that an owner gave. CSV and JSON became rows; any other is sealed, and a row of the run speaks of it."""

    class Scan(models.TextChoices):
        NOT_SCANNED = "not-scanned", _("not scanned for viruses")
        CLEAN = "clean", _("scanned, nothing found")
        INFECTED = "infected", _("something harmful is in it")

    run = models.ForeignKey(Run, models.CASCADE, related_name="handed")
    number = models.PositiveIntegerField()
    type = models.CharField(max_length=100, help_text="Media type, by its content")
    rows = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64, help_text="Keyed hash: the same file is taken once")
    name = models.CharField(
        max_length=200, blank=True, help_text="Where it lies in the vault; empty for rows"
    )
    file = models.CharField(max_length=200, blank=True, help_text="What it is called in the package")
    scan = models.CharField(max_length=12, choices=Scan, default=Scan.NOT_SCANNED)

    class Meta:
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="handed_number_once"),
            models.UniqueConstraint(fields=["run", "digest"], name="handed_file_once"),
            models.CheckConstraint(
                condition=Q(scan__in=["not-scanned", "clean", "infected"]), name="handed_known_scan"
            ),
        ]

    def __str__(self) -> str:
        return self.file or self.type


class SourceRefusal(models.Model):
    """Why a source says that it may not do what was asked of it: its own words, sealed, for who works the case.

    ``told``: what the caseworker writes of it for the person, sealed; empty while nobody goes on without the rows.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="source_refusals")
    source = models.CharField(max_length=60)
    collection = models.CharField(max_length=60)
    said_at = models.DateTimeField(auto_now=True)
    sealed = models.BinaryField()
    told = models.BinaryField(default=bytes)

    class Meta:
        ordering = ["source", "collection"]
        constraints = [
            models.UniqueConstraint(fields=["case", "source", "collection"], name="source_refusal_once")
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.collection} refused {self.said_at:%F}"


class SourceHealth(models.Model):
    """What a source said when it was last checked. ``error`` is empty while all is well."""

    operator = models.ForeignKey(Operator, models.CASCADE, related_name="source_health")
    source = models.CharField(max_length=60)
    checked_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["operator", "source"]
        constraints = [
            models.UniqueConstraint(fields=["operator", "source"], name="source_health_once"),
            models.CheckConstraint(
                condition=Q(error="") ^ Q(failing_since__isnull=False), name="source_failing_has_error"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator_id}/{self.source} {self.error or 'ok'}"

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .case import Case
from .sealing.text import SealedText, sealed_or_none


class Run(models.Model):
    """The gathering of one collection for one case. Resumable: the cursor is committed with the chunk it follows."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Collecting")
        RETRYING = "retrying", _("Source not answering, trying again")
        ASKED = "asked", _("Its owner has been asked")
        PAUSED = "paused", _("Paused")
        FAILED = "failed", _("Failed")
        DONE = "done", _("Done")
        NOT_PROVEN = "not-proven", _("Stronger proof needed")
        LEFT_OUT = "left-out", _("Left out")
        UNSEARCHED = "unsearched", _("Not searched: nothing known leads here")

    case = models.ForeignKey(Case, models.CASCADE, related_name="runs")
    source = models.CharField(max_length=60)
    collection = models.CharField(max_length=60)
    category = models.CharField(max_length=30)
    status = models.CharField(max_length=12, choices=Status, default=Status.WAITING)
    # Where it goes on is a row's key, and that can be a telephone number.
    cursor: "models.Field[str | None, str | None]" = sealed_or_none(under="case", use="collected")
    rows = models.PositiveBigIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    expected = models.PositiveBigIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    restarts = models.PositiveSmallIntegerField(default=0, help_text="Times it began anew: pages did not fit")
    error = models.CharField(max_length=300, blank=True)
    reason = SealedText(
        blank=True, under="case", help_text="Why the case goes on though nobody could look here"
    )
    started_at = models.DateTimeField(null=True)
    touched_at = models.DateTimeField(auto_now_add=True)
    next_try_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["source", "collection"]
        constraints = [
            models.UniqueConstraint(fields=["case", "source", "collection"], name="run_once"),
            models.CheckConstraint(
                condition=Q(status="done", finished_at__isnull=False)
                | (~Q(status="done") & Q(finished_at__isnull=True)),
                name="run_done_has_end",
            ),
            models.CheckConstraint(
                condition=~Q(status="left-out") | Q(rows=0), name="run_left_out_has_no_rows"
            ),
            models.CheckConstraint(
                condition=Q(status="unsearched", rows=0) & ~Q(reason="")
                | ~Q(status="unsearched") & Q(reason=""),
                name="run_unsearched_has_reason_and_no_rows",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.collection}"


class Chunk(models.Model):
    """One sealed page of rows in the vault: newline-delimited JSON, zstd, then age. The row itself stays small."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="chunks")
    secret = models.BooleanField(default=False, help_text="Rows only cleared officers may know of")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    rows = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    counted = models.BinaryField(null=True, help_text="How many of the rows have the same marks, sealed")

    class Meta:
        ordering = ["run", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="chunk_once")]

    def __str__(self) -> str:
        return self.name

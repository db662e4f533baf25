from django.db import models

from .operators import Operator


class AuditEntry(models.Model):
    """One step, chained by hash to the one before it in the same operator and stream. Never changed, never removed.

    Written by `cases_audit_record` in the database alone (`cases.casework.audit.record`).
    No foreign keys: the log outlives what it speaks of. No personal data: ids, codes, counts and keyed hashes only.
    """

    operator = models.CharField(max_length=50)
    stream = models.CharField(max_length=10, default="open")
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    case = models.CharField(max_length=14, blank=True)
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    content_sha256 = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text="Of everything but what it follows; empty for entries from before this was kept",
    )
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["operator", "stream", "number"]
        indexes = [models.Index(fields=["case", "number"])]
        constraints = [
            models.UniqueConstraint(fields=["operator", "stream", "number"], name="audit_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"


class AuditHead(models.Model):
    """The last link of a chain: tells when its end was cut off, and makes writers of one chain wait for each other.

    An operator's two are made with the operator.
    """

    operator = models.CharField(max_length=50)
    stream = models.CharField(max_length=10, default="open")
    number = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operator", "stream"], name="audit_one_head")]

    def __str__(self) -> str:
        return f"{self.operator}/{self.stream} {self.number}"


class Anchoring(models.Model):
    """The last full hour of which an operator's checkpoints lie outside, for those who watch. It proves nothing."""

    operator = models.OneToOneField(Operator, models.CASCADE, related_name="+")
    slot = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.operator_id} {self.slot:%F %H}"

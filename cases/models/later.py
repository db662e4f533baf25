"""Rows of a person that came to a source after they were gathered for an erasure."""

from django.db import models

from .case import Case


class OpenLaterRows(models.Manager["LaterRows"]):
    """What everybody at the desk may see; also behind ``case.later_rows``."""

    def get_queryset(self) -> "models.QuerySet[LaterRows]":
        return super().get_queryset().filter(secret=False)


class LaterRows(models.Model):
    """What one collection holds besides the rows an erasure was approved for, asked once that was carried out.

    ``secret``: of a category that can hold secret kinds; for cleared officers only, through ``everything``.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="later_rows")
    source = models.CharField(max_length=60)
    collection = models.CharField(max_length=60)
    secret = models.BooleanField(default=False)
    rows = models.PositiveBigIntegerField(default=0)
    first_on = models.DateField(null=True, help_text="The earliest local day among them, where rows have one")
    last_on = models.DateField(null=True)
    since = models.DateTimeField(null=True, help_text="When the collection was gathered")
    asked_at = models.DateTimeField(null=True, help_text="Empty until the source has answered")
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects = OpenLaterRows()
    everything = models.Manager["LaterRows"]()

    class Meta:
        ordering = ["source", "collection"]
        constraints = [
            models.UniqueConstraint(fields=["case", "source", "collection"], name="later_rows_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.collection}"

"""What the person typed, and what a source linked to what was proven. Only the second kind seeds a collection."""

from django.db import models
from django.db.models import F, Q

from .case import Case


class ClaimedIdentifier(models.Model):
    """A value the person typed: a claim, nothing more, until a source or a caseworker confirms it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="claimed")
    kind = models.CharField(max_length=40)
    sealed = models.BinaryField()
    digest = models.CharField(max_length=64, db_index=True)
    confirmed_at = models.DateTimeField(null=True)
    rejected_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "digest"], name="claimed_once"),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(rejected_at=None), name="claimed_not_both_ways"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} (claimed)"


class Identifier(models.Model):
    """A value that is this person's, in a half-open interval, and how we know: proof, a source, or a caseworker.

    What began it stays (a trigger refuses another ``origin``); who ties it to the person besides stands beside it, and
    goes when the sources are asked anew.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=40)
    sealed = models.BinaryField()
    digest = models.CharField(max_length=64, db_index=True)
    valid_from = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)
    origin = models.CharField(
        max_length=200, help_text="proof:<method>, <source>/<collection>, or caseworker"
    )
    tied_by = models.CharField(
        max_length=200,
        blank=True,
        help_text="Who says the same of it since: <source>/<collection>, or caseworker",
    )
    wave = models.PositiveSmallIntegerField(default=0)
    added_at = models.DateTimeField(auto_now_add=True, null=True, help_text="Empty: before this was noted")

    class Meta:
        ordering = ["wave", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind", "digest", "valid_from", "valid_to"],
                name="identifier_once",
                # Without limits is an interval like any other: two nulls would else be two identifiers.
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lt=F("valid_to")),
                name="identifier_interval_forward",
            ),
            models.CheckConstraint(
                condition=Q(tied_by="") | Q(tied_by__contains="/") | Q(tied_by="caseworker"),
                name="identifier_tied_by_source_or_caseworker",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.origin}"

    @property
    def is_tied(self) -> bool:
        """Whether a source or a caseworker ties it to the person, and not a proof alone."""
        return bool(self.tied_by) or not self.origin.startswith("proof:")

    @property
    def told_by(self) -> str:
        """Who tells the most of it: the source that ties it, or what began it."""
        return self.tied_by or self.origin

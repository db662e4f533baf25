from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .case import Case
from .operators import Operator, User
from .sealing.text import SealedText


class Action(models.Model):
    """One thing done at a source for a case: so many rows erased, a channel suppressed. One receipt each."""

    class Kind(models.TextChoices):
        ERASE = "erase", _("Erase")
        SUPPRESS = "suppress", _("Stop a use")
        RESTRICT = "restrict", _("Restrict")
        RECTIFY = "rectify", _("Correct")

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RETRYING = "retrying", _("Source not answering, trying again")
        FAILED = "failed", _("Failed")
        DONE = "done", _("Done")

    case = models.ForeignKey(Case, models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=10, choices=Kind)
    source = models.CharField(max_length=60)
    collection = models.CharField(max_length=60)
    detail = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    expected = models.PositiveBigIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    remaining = models.PositiveBigIntegerField(
        null=True, help_text="What the source still answered afterwards"
    )
    found = models.PositiveBigIntegerField(null=True, help_text="How many of the expected the dry run found")
    strangers = models.PositiveBigIntegerField(
        default=0, help_text="Rows with these keys that are somebody else's by now, and left alone"
    )
    copies_until = models.DateField(
        null=True, help_text="Until when at the least the source keeps earlier versions that hold the rows"
    )
    planned_on = models.DateField(
        null=True,
        help_text="The day the verdicts were given that it carries out; empty until all was tried dry",
    )
    # A chunk's number; the first is 0.
    chunk_done = models.IntegerField(default=-1)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["source", "collection", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind", "source", "collection", "detail"], name="action_once"
            ),
            models.CheckConstraint(
                condition=~Q(status="done")
                | Q(kind__in=["suppress", "restrict", "rectify"])
                | Q(remaining=0),
                name="action_erased_means_source_says_so",
            ),
            models.CheckConstraint(
                condition=Q(copies_until=None) | Q(kind="erase", status="done", done__gt=0),
                name="action_copies_of_what_was_erased",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}/{self.collection}"


class ScheduledErasure(models.Model):
    """Rows kept now and erased by themselves the day after ``until``; their keys lie sealed under the schedule key.

    ``secret``: kept by something only cleared officers may know of. Such an entry is no row of this table: it lies
    sealed as a `Secret`, its keys in a file that the key of secret orders opens.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="scheduled")
    source = models.CharField(max_length=60)
    collection = models.CharField(max_length=60)
    rule = models.CharField(max_length=30)
    secret = models.BooleanField(default=False)
    until = models.DateField(null=True, help_text="Empty: open-ended, judged again every day")
    judged_on = models.DateField(null=True, help_text="The day it was last judged")
    name = models.CharField(max_length=200)
    rows = models.PositiveBigIntegerField()
    found = models.PositiveBigIntegerField(
        null=True, help_text="How many of those that go the source held when it was first asked"
    )
    erased_at = models.DateTimeField(null=True)
    erased = models.PositiveBigIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["until", "pk"]
        indexes = [models.Index(fields=["until"], condition=Q(erased_at=None), name="scheduled_by_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "source", "collection", "rule", "until", "secret", "name"],
                name="scheduled_once",
                # No end is an end like any other: two nulls would else be two entries.
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(erased=None) | Q(erased__lte=F("rows")), name="scheduled_erases_no_more"
            ),
            models.CheckConstraint(condition=Q(secret=False), name="scheduled_secret_is_sealed"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.collection} until {self.until}"


def in_a_week() -> datetime:
    return timezone.now() + timedelta(days=7)


class Suppression(models.Model):
    """The stop list: a keyed hash of an identifier, and what may not be done with it any more (Art. 21(3), 7(3)).

    It outlives the data. ``sealed``: the identifier itself where it never changes hands, for asking the sources again
    (docs/adr). ``channel``: as the register's purposes and the sources' `suppress` name it.
    """

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="suppressions")
    kind = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    channel = models.CharField(max_length=60, default="marketing")
    since = models.DateTimeField(auto_now_add=True)
    # The list outlives its case.
    case = models.ForeignKey(Case, models.SET_NULL, null=True, related_name="suppressions")
    sealed = models.BinaryField(default=bytes, help_text="Emptied when the objection ends")
    probed_at = models.DateTimeField(null=True, help_text="When every source last said whether it obeys")
    next_probe_at = models.DateTimeField(default=in_a_week)
    ended_at = models.DateTimeField(null=True, help_text="When the person said yes again")
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_reason = SealedText(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_probe_at"], condition=Q(ended_at=None), name="suppression_to_probe")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "kind", "digest", "channel"],
                # Once while it stands: whoever has said yes again can object anew.
                condition=Q(ended_at=None),
                name="suppression_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, ended_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False, sealed=b"") & ~Q(ended_reason="")),
                name="suppression_ended_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} since {self.since:%F}"


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

"""What keeps secret orders from showing over time: what was said to be erased, what was kept too long, wider rules."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from .case import Case
from .operators import Operator, User
from .orders import random_id


class SaidErased(models.Model):
    """Rows that an erasure said are gone, as keyed hashes; written whether or not anything still holds some of them.

    ``told_by``: what the hashes were made from, the key columns and then the column and zone of the row's day.
    ``keys``: the first eight bytes of each hash, as signed numbers; a page of rows is looked up by them.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    source = models.CharField(max_length=60)
    collection = models.CharField(max_length=60)
    part = models.CharField(max_length=60, help_text="The page or the entry of a schedule they went with")
    told_by = models.JSONField()
    hashes = models.BinaryField()
    keys = ArrayField(models.BigIntegerField())
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "source", "collection", "part"], name="said_erased_once")
        ]
        indexes = [GinIndex(fields=["keys"], name="said_erased_keys")]

    def __str__(self) -> str:
        return f"{self.source}/{self.collection} {self.part}"


class Kind(models.TextChoices):
    """What a sealed row is."""

    ORDER = "order"
    ERASURE = "erasure"
    FINDING = "finding"
    OVER_RETAINED = "over-retained"


class Secret(models.Model):
    """What only cleared processes may know, sealed (`cases.sealed.secrets`). Nothing in the table tells of whom it is.

    ``mark``: keyed hash of what it is about. Numbers are drawn by chance.
    """

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    kind = models.CharField(max_length=15, choices=Kind)
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+")
    mark = models.CharField(max_length=64)
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["kind", "operator", "mark"], name="secret_mark")]

    def __str__(self) -> str:
        return str(self.pk)


class OverRetained(models.Model):
    """Rows the ordinary view says are gone and a source still has: a task of cleared officers.

    Has no table: it is always a `Secret`, since when it opens tells of an order. ``opens_on``: the first day on which
    nothing holds some of them any more; empty where that is so already.
    """

    case = models.ForeignKey(Case, models.DO_NOTHING, related_name="+")
    source = models.CharField(max_length=60)
    collection = models.CharField(max_length=60)
    rows = models.PositiveBigIntegerField()
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    opens_on = models.DateField(null=True)
    found_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True)
    given_by = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+")

    class Meta:
        managed = False

    def __str__(self) -> str:
        return f"{self.source}/{self.collection}"


class RuleExtension(models.Model):
    """A secret rule that reaches a further category at one operator, because a court orders more than the law names.

    A legal and a cleared officer agree on it; until both have, the category's rows are held for everybody.
    """

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+")
    rule = models.CharField(max_length=30)
    category = models.CharField(max_length=30)
    legal_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    cleared_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["rule", "category"]
        constraints = [
            models.UniqueConstraint(fields=["operator", "rule", "category"], name="rule_extension_once"),
            models.CheckConstraint(
                condition=~Q(legal_by=F("cleared_by")), name="rule_extension_by_two_people"
            ),
            models.CheckConstraint(
                condition=Q(legal_by__isnull=False) | Q(cleared_by__isnull=False),
                name="rule_extension_proposed_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(legal_by__isnull=False, cleared_by__isnull=False),
                name="rule_extension_confirmed_by_both",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.category}"

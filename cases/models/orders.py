import secrets

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .case import Case
from .operators import Operator, User


def random_id() -> int:
    """Numbers in a row would tell of the secret orders between two open ones."""
    return secrets.randbelow(2**52) + 1


class Ended(models.TextChoices):
    """Why an order holds nothing more."""

    LIFTED = "lifted", _("The court or the authority has lifted it")
    EXPIRED = "expired", _("Its days have run out")
    DONE = "done", _("What it asked for has been done")
    MISTAKE = "mistake", _("It was registered by mistake")
    TOLD = "told", _("The person has been told")


class Order(models.Model):
    """A court's or an authority's order about one person's data, registered by a legal officer.

    Which person is found by a keyed hash of an identifier, so that an order can come before any case.
    ``secret`` follows from the rule. A secret one is no row of this table: it lies sealed as a `Secret`.
    """

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="orders")
    rule = models.CharField(max_length=30)
    secret = models.BooleanField()
    court = models.CharField(max_length=120, blank=True)
    court_case = models.CharField(max_length=60, blank=True)
    identifier_kind = models.CharField(max_length=40)
    identifier_digest = models.CharField(max_length=64, db_index=True)
    categories = models.JSONField(default=list, help_text="Category keys the order covers")
    covers_from = models.DateField(null=True)
    covers_to = models.DateField(null=True)
    decided_on = models.DateField(null=True)
    days = models.PositiveSmallIntegerField(null=True)
    extended_days = models.PositiveSmallIntegerField(null=True)
    served_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    ended_because = models.CharField(max_length=10, choices=Ended, blank=True)
    ended_case = models.CharField(
        max_length=60, blank=True, help_text="The number of the decision that ended it, at whoever made it"
    )
    handed_over_on = models.DateField(null=True)
    notice_sent_on = models.DateField(null=True)
    registered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    registered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-registered_at", "pk"]
        constraints = [
            # RB 27:16 and retsplejeloven § 786 a give ninety days at most.
            models.CheckConstraint(
                condition=Q(days=None) | Q(days__lte=90, days__gte=1), name="order_at_most_90_days"
            ),
            models.CheckConstraint(
                condition=Q(extended_days=None) | Q(extended_days__lte=90, extended_days__gte=1),
                name="order_extended_at_most_90_days",
            ),
            models.CheckConstraint(
                condition=Q(covers_from=None) | Q(covers_to=None) | Q(covers_from__lte=F("covers_to")),
                name="order_covers_forward",
            ),
            models.CheckConstraint(condition=Q(secret=False), name="order_secret_is_sealed"),
            models.CheckConstraint(
                condition=Q(ended_because="") | Q(ended_on__isnull=False), name="order_ended_because_it_ended"
            ),
            models.CheckConstraint(
                condition=~Q(ended_because="lifted") | ~Q(ended_case=""), name="order_lifted_by_a_decision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.court_case}"


class MoneyClaim(models.Model):
    """An open money claim a source reported for this case, as the law counts it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="claims")
    source = models.CharField(max_length=60)
    collection = models.CharField(max_length=60)
    row_digest = models.CharField(max_length=64)
    arose = models.DateField()
    demanded = models.DateField(null=True)
    recognised = models.DateField(null=True)
    paid = models.DateField(null=True)

    class Meta:
        ordering = ["arose", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "source", "collection", "row_digest"], name="claim_once")
        ]

    def __str__(self) -> str:
        return f"claim of {self.arose}"


class Task(models.Model):
    """Something a person has to do by a day: the Ipred notice, a correction no connector can make, a review."""

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="tasks")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="tasks")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="tasks")
    kind = models.CharField(max_length=40)
    detail = models.CharField(max_length=300, blank=True)
    opens_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | (~Q(done_at=None) & ~Q(done_by=None)),
                name="task_done_by_someone",
            ),
            models.UniqueConstraint(
                fields=["operator", "case", "order", "kind", "detail"],
                condition=Q(done_at=None),
                # Also for tasks without a case or an order, whose nulls would else all differ.
                nulls_distinct=False,
                name="task_open_once",
            ),
        ]

    def __str__(self) -> str:
        return self.kind

"""What an operator signs with, and the receipts it has signed."""

from django.db import models
from django.db.models import F, Q

from cases.models.case import Submission
from cases.models.operators import Operator


class SigningKey(models.Model):
    """An Ed25519 key of an operator. One of them signs; what the others signed is still checked by them.

    ``public``: 64 hexadecimal digits. Days are the operator's own. Who withdraws a key says that somebody else may
    have it: nothing it signed proves anything, whenever that was.
    """

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="signing_keys")
    public = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField(
        help_text="The private half, under the master key; empty once it signs no more"
    )
    since = models.DateField()
    until = models.DateField(null=True, help_text="The last day on which it signed")
    withdrawn_on = models.DateField(null=True)

    class Meta:
        ordering = ["operator", "since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["operator"], condition=Q(until=None), name="signing_key_one_that_signs"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="signing_key_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=Q(until=None, withdrawn_on=None) & ~Q(sealed=b"")
                | Q(until__isnull=False, sealed=b""),
                name="signing_key_that_ended_is_gone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator_id} {self.public[:16]}"


class SignedReceipt(models.Model):
    """That a request came in, signed when it did. Emptied with what the person typed."""

    submission = models.OneToOneField(Submission, models.CASCADE, related_name="receipt")
    statement = models.TextField(help_text="What is signed and by what, as JSON: nothing of the person")
    content = models.BinaryField(
        help_text="What was asked, JSON under the master key; the statement has its hash"
    )

    def __str__(self) -> str:
        return f"receipt of {self.submission_id}"

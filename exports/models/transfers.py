"""Data that went straight to another provider, or did not."""

import uuid

from django.db import models
from django.db.models import Q

from cases.models import User
from cases.models.sealing.text import SealedText

from .answers import Answer


class Transfer(models.Model):
    """The data of an approved answer on their way to another provider (Article 20(2)): taken there, or given up.

    Taken means that the receiver has named the hash of what was sent. `key` is the same at each try, so that whoever
    has taken the data already takes them no second time.
    """

    answer = models.OneToOneField(Answer, models.PROTECT, related_name="transfer")
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    receiver = models.CharField(max_length=40, help_text="Its key in the operator's receivers.toml")
    receiver_name = models.CharField(max_length=100, help_text="As the person was told it")
    sha256 = models.CharField(max_length=64, help_text="Of the zip that is sent")
    bytes = models.PositiveBigIntegerField()
    files = models.PositiveIntegerField(help_text="How many data files are in it")
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, help_text="Not before: the receiver was away")
    refused = models.CharField(max_length=60, blank=True, help_text="Why a person has to look at it")
    sent_at = models.DateTimeField(null=True)
    receipt = SealedText(
        blank=True, under="answer.case", help_text="What the receiver answered, as it stands"
    )
    given_up_at = models.DateTimeField(null=True)
    given_up_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(given_up_at=None), name="transfer_sent_or_given_up"
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None) ^ ~Q(receipt=""), name="transfer_sent_has_receipt"
            ),
            models.CheckConstraint(
                condition=Q(given_up_at=None, given_up_by=None)
                | Q(given_up_at__isnull=False, given_up_by__isnull=False),
                name="transfer_given_up_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"transfer {self.key}"

from django.db import models
from django.db.models import Q

from cases.models.case import Case, ClockEvent
from cases.models.operators import User
from cases.models.sealing.text import SealedText


class Message(models.Model):
    """What the person and the desk write to each other about a case, under the key of its file.

    ``read_at``: since when the other side knows it. The desk's is known once its page was opened; the person's once
    somebody at the desk says so, or answers.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages")
    text = SealedText(under="case")
    by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", help_text="Empty: whoever asked wrote it"
    )
    at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)
    pause = models.OneToOneField(
        ClockEvent,
        models.PROTECT,
        null=True,
        related_name="question",
        help_text="The clock stands still until this question is answered",
    )

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["case"], name="message_unread", condition=Q(by=None, read_at=None)),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="message_says_something"),
            models.CheckConstraint(
                condition=Q(pause=None) | Q(by__isnull=False), name="message_pause_is_the_desks"
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Note(models.Model):
    """What somebody at the desk wrote down about a case, for the desk. A person who asks what is held gets it too."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="notes")
    text = SealedText(under="case")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="note_says_something")]

    def __str__(self) -> str:
        return f"note {self.pk}"

"""What waits to go out: mails to people, and messages to workers."""

from django.db import models

from .case import Submission
from .operators import Operator


class OutgoingMail(models.Model):
    """A mail that has to go out. Sealed until sent, emptied afterwards; beat sends what a task did not."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="mails", null=True)
    operator = models.ForeignKey(
        Operator,
        models.CASCADE,
        related_name="+",
        null=True,
        help_text="Whose staff it goes to, if it is staff",
    )
    kind = models.CharField(max_length=30)
    sealed = models.BinaryField(help_text="JSON {to, subject, body} under the operator's intake key")
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Mails stay as rows when they are sent; the index knows those that wait alone.
            models.Index(fields=["next_try_at"], condition=models.Q(sent_at=None), name="mail_waiting")
        ]
        constraints = [
            models.CheckConstraint(
                name="mail_about_one_thing",
                condition=models.Q(submission=None, operator__isnull=False)
                | models.Q(submission__isnull=False, operator=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%F %T}"


class Dispatch(models.Model):
    """A message to a worker that no worker has taken yet. While it is here, the same is not sent again."""

    task = models.CharField(max_length=60)
    subject = models.BigIntegerField(help_text="The id the task is about")
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "subject"], name="dispatched_once")]
        indexes = [models.Index(fields=["sent_at"], name="dispatched_since")]

    def __str__(self) -> str:
        return f"{self.task}({self.subject})"

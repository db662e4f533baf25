"""What waits to go out: mails to people, and messages to workers."""

from django.db import models

from .case import Submission


class OutgoingMail(models.Model):
    """A mail that has to go out. Sealed until sent, emptied afterwards; beat sends what a task did not."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="mails")
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

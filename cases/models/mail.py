"""What waits to go out: mails to people, and messages to workers; and whether anything may go out at all."""

from django.db import models

from .case import Case, Submission
from .operators import Operator


class OutgoingMail(models.Model):
    """A mail that has to go out, sealed; beat sends what a task did not.

    It is emptied once it is sent, or some days later where it may still come back (`casework.mail`).
    """

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="mails", null=True)
    operator = models.ForeignKey(
        Operator,
        models.CASCADE,
        related_name="+",
        null=True,
        help_text="Whose staff it goes to, if it is staff",
    )
    case = models.ForeignKey(
        Case, models.CASCADE, related_name="+", null=True, help_text="The one it is about, if it is about one"
    )
    kind = models.CharField(max_length=30)
    sealed = models.BinaryField(help_text="JSON {to, subject, body} under the operator's intake key")
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(
        null=True, help_text="A server refused it for good, it came back, or nobody took it for three days"
    )

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


class Bounce(models.Model):
    """A message in the mailbox for bounces, read once. ``mail``: what it is about; None where nobody can tell.

    Nothing of the message is kept here: it has an address in it, and the words of other people's servers.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    mail = models.ForeignKey(OutgoingMail, models.CASCADE, null=True, related_name="bounces")
    read_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{'tied' if self.mail_id else 'untied'} {self.read_at:%F %T}"


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


class ErrandRun(models.Model):
    """When an errand of the clock last ran to its end. Where none does, beat or every worker is silent."""

    task = models.CharField(max_length=80, primary_key=True)
    ran_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.task} {self.ran_at:%F %T}"


class Standstill(models.Model):
    """A desk that was restored from a backup: no deed leaves it until a person has released it.

    The lists are what the restore could not put together. They hold ids and references, nothing about a person.
    """

    since = models.DateTimeField(auto_now_add=True)
    dump = models.CharField(max_length=64, help_text="SHA-256 of the dump that was loaded")
    knows_until = models.DateTimeField(null=True, help_text="The last entry of the dump's audit log")
    unknown_cases = models.JSONField(
        default=list, help_text="Ids of cases whose keys were backed up, not the rows"
    )
    locked_cases = models.JSONField(default=list, help_text="References of cases of which a key is missing")
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=150, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["released_at"],
                condition=models.Q(released_at=None),
                nulls_distinct=False,
                name="standstill_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(released_at=None, released_by="", reason="")
                | (models.Q(released_at__isnull=False) & ~models.Q(released_by="") & ~models.Q(reason="")),
                name="standstill_released_by_somebody_who_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"since {self.since:%F %T}"

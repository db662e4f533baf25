from django.db import models
from django.db.models import Q

from cases.models.operators import Operator


class Draft(models.Model):
    """A request that somebody has begun, sealed under a key of its own, which is deleted with it.

    Left out of the database backup, as sessions are: a restore must not bring back what was gone after a day. `name`
    stands in the addresses of its pages, and becomes the submission's id.
    """

    name = models.UUIDField(unique=True)
    operator = models.ForeignKey(Operator, models.CASCADE, related_name="+")
    wrapped = models.BinaryField(help_text="The private half of its key, under the master key")
    sealed = models.BinaryField(help_text="JSON {steps, typed} under its key")
    touched_at = models.DateTimeField(help_text="It is kept for a day from here")
    code_asked_at = models.DateTimeField(null=True, help_text="Until a worker has mailed it")
    code_digest = models.CharField(
        max_length=64, blank=True, help_text="Keyed hash of the code that opens it"
    )
    code_until = models.DateTimeField(null=True)
    tries_left = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["touched_at"], name="draft_touched")]
        constraints = [
            models.CheckConstraint(
                condition=Q(code_digest="", code_until=None)
                | (~Q(code_digest="") & Q(code_until__isnull=False)),
                name="draft_code_has_an_end",
            )
        ]

    def __str__(self) -> str:
        return f"draft of {self.touched_at:%F %T}"

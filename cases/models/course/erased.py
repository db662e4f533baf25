from django.db import models
from django.db.models import Q
from django.utils import timezone

from cases.models.case import Case
from cases.models.execution import in_a_week


class ErasedKeys(models.Model):
    """Keys of rows that a source has confirmed to be gone: by them it is asked again, until their days are over.

    Sealed under the key of the case's file: what tells the rows apart, whose they were, then each key. Where a secret
    rule can touch rows there is one for a collection and no key in it, or how much there is would tell of an order.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="erased_keys")
    source = models.CharField(max_length=60)
    collection = models.CharField(max_length=60)
    part = models.CharField(max_length=60, help_text="The page or the entry of a schedule they went with")
    sealed = models.BinaryField()
    until = models.DateField(
        help_text="The last day on which the source is asked by them; then they are deleted"
    )
    secret = models.BooleanField(
        default=False, help_text="A secret rule can touch it: no key is kept, and only cleared processes ask"
    )
    next_ask_at = models.DateTimeField(default=in_a_week)
    asked_at = models.DateTimeField(
        default=timezone.now, help_text="When the source last said of all that they are gone"
    )

    class Meta:
        ordering = ["next_ask_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "source", "collection", "part"], name="erased_keys_once"),
            models.CheckConstraint(condition=~Q(sealed=b""), name="erased_keys_sealed"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.collection} {self.part}"

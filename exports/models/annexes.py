"""What cleared officers keep beside an answer."""

from django.db import models
from django.db.models import F, Q

from cases.models import Case, User


class Annex(models.Model):
    """The annex of a case at one moment: sealed by itself, in no package, approved by a second cleared officer.

    Its file lies under the key of secret orders. The row says that there is one and who had it sealed, not what it
    says (docs/threats.md); only code that asks for clearance reads it.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="annexes")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(auto_now_add=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["case", "-number"]
        verbose_name_plural = "annexes"
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="annex_version_once"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")), name="annex_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None, approved_sha256="")
                | Q(approved_by__isnull=False, approved_at__isnull=False, approved_sha256=F("sha256")),
                name="annex_approval_is_of_this_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"annex {self.number}"

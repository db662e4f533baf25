from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.asking.messages import Message
from cases.models.case import Case
from cases.models.operators import User


class Paper(models.Model):
    """A paper that was shown to us: a file in the vault, under the key of the case's file, until it is deleted.

    It belongs to a request with all of its cases; `case` is the one under whose key it lies. What the file was called
    where it came from is not kept: people put names in there.
    """

    class About(models.TextChoices):
        AUTHORITY = "authority", _("that somebody may ask for another")
        PROOF = "proof", _("who somebody is")
        ORIGINAL = "original", _("what somebody asked, as it came")
        MESSAGE = "message", _("what somebody wrote to us")

    class Scan(models.TextChoices):
        NOT_SCANNED = "not-scanned", _("not scanned for viruses")
        CLEAN = "clean", _("scanned, nothing found")

    case = models.ForeignKey(Case, models.PROTECT, related_name="papers")
    about = models.CharField(max_length=10, choices=About)
    name = models.CharField(max_length=200, blank=True, help_text="Its file in the vault; empty once deleted")
    type = models.CharField(max_length=40, help_text="Media type, as its bytes tell")
    bytes = models.PositiveIntegerField()
    digest = models.CharField(
        max_length=64, blank=True, help_text="Keyed hash of its bytes, to know it again; empty once deleted"
    )
    scan = models.CharField(max_length=12, choices=Scan, default=Scan.NOT_SCANNED)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", help_text="Empty: whoever asked gave it"
    )
    at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True)
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, related_name="papers", help_text="What it came with"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(about__in=["authority", "proof", "original", "message"]), name="paper_known_about"
            ),
            models.CheckConstraint(
                condition=Q(message=None) | Q(about="message"), name="paper_of_a_message_is_about_it"
            ),
            models.CheckConstraint(condition=Q(scan__in=["not-scanned", "clean"]), name="paper_known_scan"),
            models.CheckConstraint(condition=Q(bytes__gt=0), name="paper_not_empty"),
            models.CheckConstraint(
                condition=Q(name="", digest="", deleted_at__isnull=False)
                | (~Q(name="") & ~Q(digest="") & Q(deleted_at=None)),
                name="paper_deleted_means_gone",
            ),
            models.UniqueConstraint(
                fields=["case", "about", "digest"], condition=~Q(digest=""), name="paper_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.pk}"

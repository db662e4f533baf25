"""What a caseworker masks by hand: stretches of text in a row, and files in which somebody else is left out."""

from django.db import models
from django.db.models import Q

from cases.models import Case, HandedFile, User
from cases.models.sealing.text import SealedText


class MaskedText(models.Model):
    """The stretches masked in one column of a gathered row. Every saving is a version; the newest counts.

    The row is known by a keyed hash of its line: gathered anew with another content, it is a row nobody has looked at.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="masked_texts")
    source = models.CharField(max_length=60)
    collection = models.CharField(max_length=60)
    row = models.CharField(max_length=64, help_text="Keyed hash of the line as it was gathered")
    column = models.CharField(max_length=200)
    number = models.PositiveSmallIntegerField()
    spans = models.JSONField(
        help_text="[[first, after the last], ...] in characters; empty where all was taken back"
    )
    why = SealedText(under="case")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    missing_at = models.DateTimeField(
        null=True, help_text="When a worker looked for its row among what is gathered, and did not find it"
    )

    class Meta:
        ordering = ["case", "source", "collection", "row", "column", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "source", "collection", "row", "column", "number"],
                name="masked_text_version_once",
            ),
            models.CheckConstraint(condition=~Q(why=""), name="masked_text_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.collection}.{self.column} {self.number}"


class CutFile(models.Model):
    """What the person gets in the place of a file that an owner handed over, because somebody else is in it.

    A cut of it, or a transcript with the other's words masked. The original stays out. The newest counts. Once the file
    is taken back or gathered anew, the cut is of nothing: somebody has to look at what is there now.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="cut_files")
    handed = models.ForeignKey(HandedFile, models.SET_NULL, null=True, related_name="cuts")
    digest = models.CharField(max_length=64, help_text="The original's keyed hash")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200, help_text="Where it lies in the vault")
    file = models.CharField(max_length=200, help_text="What it is called in the package")
    type = models.CharField(max_length=100, help_text="Media type, by its content")
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    why = SealedText(under="case", help_text="What was left out, and why")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["handed", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["handed", "number"], name="cut_file_version_once"),
            models.CheckConstraint(condition=~Q(why=""), name="cut_file_says_why"),
        ]

    def __str__(self) -> str:
        return self.file

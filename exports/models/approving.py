"""What stands between writing an answer and approving it: the caseworker's own words, and who has read what."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Operator, User


class Place(models.TextChoices):
    """Where in a letter a caseworker's own words may stand. What the law requires stands around them."""

    OPENING = "opening", _("At the start, before the decision")
    DECISION = "decision", _("After the decision")
    CLOSING = "closing", _("Before the contact details at the end")


class OwnWords(models.Model):
    """What a caseworker adds to the letter of a case, sealed under the case file's key. Every saving is a version."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="own_words")
    number = models.PositiveSmallIntegerField()
    sealed = models.BinaryField(help_text="JSON place: text; places left empty are not in it")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["case", "-number"]
        verbose_name_plural = "own words"
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="own_words_version_once")]

    def __str__(self) -> str:
        return f"own words {self.number}"


class Reading(models.Model):
    """Somebody opened this part of an answer in the version that has this hash."""

    class Part(models.TextChoices):
        LETTER = "letter", _("the letter")
        FILES = "files", _("the list of files")

    answer = models.ForeignKey("exports.Answer", models.PROTECT, related_name="readings")
    part = models.CharField(max_length=10, choices=Part)
    sha256 = models.CharField(max_length=64, help_text="Of the package as it was then")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "part", "by", "sha256"], name="reading_once"),
            models.CheckConstraint(condition=~Q(sha256=""), name="reading_is_of_a_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.at:%F %T}"


class StandardWords(models.Model):
    """An operator's ready words for a place of its letters. A change is a new row that takes the old one's place."""

    operator = models.ForeignKey(Operator, models.CASCADE, related_name="standard_words")
    name = models.CharField(max_length=80)
    language = models.CharField(max_length=2)
    place = models.CharField(max_length=10, choices=Place)
    text = models.TextField()
    number = models.PositiveSmallIntegerField(default=1)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["operator", "language", "name", "-number"]
        verbose_name_plural = "standard words"
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "language", "name"],
                condition=Q(ended_at=None),
                name="standard_words_one_in_force",
            ),
            models.UniqueConstraint(
                fields=["operator", "language", "name", "number"], name="standard_words_version_once"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="standard_words_say_something"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

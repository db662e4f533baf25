from django.db import models

from cases.models.case import Case


class NameWord(models.Model):
    """A word of a name that is in a case's file, as a keyed hash: what the desk finds a case by, never reads."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="name_words")
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["pk"]
        constraints = [
            # In this order, for it is what is searched by.
            models.UniqueConstraint(fields=["digest", "case"], name="name_word_once"),
        ]

    def __str__(self) -> str:
        return f"a word of a name in {self.case_id}"

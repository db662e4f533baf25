from django.db import models
from django.db.models import Q

from .case import Case


class KeyUse(models.TextChoices):
    """Four keys, because what they open ends at four different times."""

    COLLECTED = "collected"
    PACKAGE = "package"
    FILE = "file"
    SCHEDULE = "schedule"


class WrappedKey(models.Model):
    """A case's key for one use, encrypted to the master key. Destroying it ends everything it sealed.

    Left out of the ordinary database backup (docs/adr): a restore must not bring a destroyed key back.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="keys")
    use = models.CharField(max_length=10, choices=KeyUse)
    public = models.CharField(max_length=80)
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "use"], name="key_one_per_use"),
            models.CheckConstraint(
                condition=Q(wrapped=None) ^ Q(destroyed_at=None), name="key_destroyed_means_gone"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.use} key"


class Leftover(models.Model):
    """A file or folder of the vault that nothing needs any more, until it is gone. Its name tells of nobody."""

    name = models.CharField(max_length=200, unique=True)
    noted_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class KeyMark(models.Model):
    """By what a deployment's key is known again, so that another one in its place ends the start. It opens nothing."""

    setting = models.CharField(max_length=40, primary_key=True)
    mark = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.setting

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken


class Scope(models.TextChoices):
    """What a token may do at the operators its system belongs to."""

    HAND_IN = "hand-in", _("hand in requests")
    FOLLOW = "follow", _("follow cases")
    PACKAGES = "packages", _("fetch packages")
    STOP_LIST = "stop-list", _("ask the stop list")


class TokenScope(models.Model):
    """One thing that a token may do. A token without any may do nothing."""

    token = models.ForeignKey(AuthToken, models.CASCADE, related_name="scopes")
    scope = models.CharField(max_length=10, choices=Scope)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token", "scope"], name="token_scope_once"),
            models.CheckConstraint(name="token_scope_known", condition=Q(scope__in=Scope.values)),
        ]

    def __str__(self) -> str:
        return self.scope


class TokenUse(models.Model):
    """When a token was last used, to the minute or so."""

    token = models.OneToOneField(AuthToken, models.CASCADE, related_name="use", primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.at:%F %T}"

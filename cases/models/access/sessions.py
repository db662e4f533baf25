from django.db import models
from django.db.models import F, Q

from cases.models.operators import Operator, User


class OpenSession(models.Model):
    """Where a member of staff is signed in, for their own list. Without the session it names it opens nothing."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.began_at:%F %T}"


class LostFactor(models.Model):
    """A member has lost the second factor: one administrator says so, and nothing happens before another agrees."""

    user = models.OneToOneField(User, models.CASCADE, related_name="+")
    operator = models.ForeignKey(Operator, models.CASCADE, related_name="lost_factors")
    said_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    said_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(name="lost_said_by_another", condition=~Q(said_by=F("user")))]
        ordering = ["said_at", "pk"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.said_at:%F}"


class Elsewhere(models.Model):
    """Who a member is at the provider of single sign-on: its issuer's name for them, which never changes hands."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    tied_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="subject_of_one_user"),
            models.UniqueConstraint(fields=["issuer", "user"], name="user_of_one_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.issuer}"

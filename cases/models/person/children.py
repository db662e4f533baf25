from django.db import models
from django.db.models import Q

from cases.models.case import Case
from cases.models.operators import User
from cases.models.sealing.text import SealedText


class ChildHeard(models.Model):
    """That a person looked at a child's own request: what the child understands and wants. No age is kept."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="child_heard")
    checked = SealedText(under="case")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "children heard"
        constraints = [models.CheckConstraint(condition=~Q(checked=""), name="child_heard_says_what")]

    def __str__(self) -> str:
        return f"child heard {self.at:%F}"

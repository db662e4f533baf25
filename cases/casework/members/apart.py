"""Roles that must not meet in one person at one operator, by DSAR_ROLES_APART."""

from django.conf import settings

from cases.casework.workflow import Refusal
from cases.models import Membership, Operator, User
from cases.models.operators import Role


def refuse_together(user: User, operator: Operator, role: str) -> None:
    """Refusal roles-apart where the person holds a role that must not meet with this one."""
    held = set(Membership.objects.filter(user=user, operator=operator).values_list("role", flat=True))
    for pair in settings.ROLES_APART:
        if role in pair and (others := pair & held - {role}):
            raise Refusal("roles-apart", name=user, role=Role(role).label, other=Role(min(others)).label)

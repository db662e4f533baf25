"""Whoever is concerned by a change of roles is told by mail: the person, the administrators, who holds the role."""

from django.db.models import QuerySet

from cases.casework import audit
from cases.casework.mail import queue_to_staff
from cases.casework.permissions import members_with
from cases.models import Operator, User
from cases.models.operators import TWO_PERSON_ROLES, Role


def tell(operator: Operator, user: User, role: Role, *, given: bool, by: audit.Actor) -> None:
    """The person, and all others concerned but who did it. ``given``: or taken away."""
    if user.email:
        queue_to_staff(operator, "role_given" if given else "role_taken", to=user.email, user=user, role=role)
    for other in _concerned(operator, role).exclude(pk=user.pk).exclude(email=""):
        if other != by:
            queue_to_staff(
                operator, "roles_changed", to=other.email, user=user, role=role, given=given, by=str(by)
            )


def _concerned(operator: Operator, role: Role) -> QuerySet[User]:
    """The administrators; of a role that takes two, also who holds it."""
    roles = {Role.ADMIN, role} if role in TWO_PERSON_ROLES else {Role.ADMIN}
    return members_with(operator, roles)

"""Who leads at an operator's desk: legal officers, else who works cases, else the administrators."""

from django.db.models import QuerySet

from cases.casework.members.named import is_seen_by
from cases.casework.permissions import Permission, members_with, roles_with
from cases.models import Case, Operator, User
from cases.models.operators import Role


def leads(operator: Operator) -> QuerySet[User]:
    """Those of them who see cases."""
    legal = members_with(operator, [Role.LEGAL])
    return legal if legal.exists() else members_with(operator, roles_with(Permission.WORK_CASES))


def leading(case: Case, *, but: User) -> list[User]:
    """Those of them who may know of the case; never ``but``."""
    for roles in ([Role.LEGAL], roles_with(Permission.WORK_CASES), [Role.ADMIN]):
        members = members_with(case.operator_id, roles).exclude(pk=but.pk)
        if lead := [one for one in members if is_seen_by(one, case)]:
            return lead
    return []

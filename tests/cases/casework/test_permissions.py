"""Who may do what: one table, and nobody may do anything at another operator."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from cases.casework.permissions import GRANTS, Permission, allowed, operators_for, require, roles_with
from cases.models import Operator, User
from cases.models.operators import Role

pytestmark = pytest.mark.django_db

TABLE = {
    "see-cases": "caseworker approver legal cleared auditor",
    "read-content": "caseworker approver legal cleared",
    "work-cases": "caseworker legal",
    "approve": "approver",
    "see-orders": "legal cleared",
    "register-orders": "legal cleared",
    "override-holds": "legal",
    "see-secret": "cleared",
    "approve-cleared": "cleared",
    "see-audit": "auditor",
    "see-sources": "caseworker approver legal auditor admin",
    "administer": "admin",
    "confirm-roles": "approver legal cleared admin",
    "write-standard-words": "legal",
    "see-figures": "legal dpo",
    "oversee": "dpo",
    "hand-in": "system",
    "ask-stop-list": "system",
}


def test_the_table_is_complete() -> None:
    assert TABLE.keys() == {permission.value for permission in Permission}
    assert GRANTS.keys() == set(Role)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permission", list(Permission))
def test_a_role_may_what_the_table_says(
    operator: Operator, staff: Callable[..., User], role: Role, permission: Permission
) -> None:
    granted = role in TABLE[permission].split()
    assert allowed(staff(role), operator, permission) is granted
    assert (role in roles_with(permission)) is granted


def test_nobody_may_approve_what_he_may_prepare_by_role_alone() -> None:
    for role, granted in GRANTS.items():
        assert not {Permission.WORK_CASES, Permission.APPROVE} <= granted, role


def test_another_operator_is_another_world(operator: Operator, staff: Callable[..., User]) -> None:
    other, everything = Operator.objects.create(slug="other", name="Other"), staff(*Role.values)
    for permission in Permission:
        assert not allowed(everything, other, permission)
        with pytest.raises(PermissionDenied):
            require(everything, other, permission)
        assert list(operators_for(everything, permission)) == [operator]


def test_who_left_may_nothing(operator: Operator, staff: Callable[..., User]) -> None:
    gone = staff("caseworker")
    gone.is_active = False
    assert not allowed(gone, operator, Permission.SEE_CASES)


def test_an_operator_that_is_closed_down_is_nobodys(operator: Operator, staff: Callable[..., User]) -> None:
    Operator.objects.update(is_active=False)
    assert not allowed(staff("caseworker"), operator, Permission.SEE_CASES)
    assert not operators_for(staff("caseworker")).exists()


def test_a_superuser_has_no_roles_of_his_own(operator: Operator) -> None:
    root = User.objects.create_superuser("root")
    assert not any(allowed(root, operator, permission) for permission in Permission)


def test_nobody_is_nobody(operator: Operator) -> None:
    assert not allowed(AnonymousUser(), operator, Permission.SEE_CASES)  # type: ignore[arg-type]

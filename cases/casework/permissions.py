"""Who may do what. A membership is (user, operator, role); nothing is allowed without one."""

from collections.abc import Iterable
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from cases.models import Membership, Operator, User
from cases.models.operators import Role
from cases.sealed import orders_key


class Permission(StrEnum):
    SEE_CASES = "see-cases"
    READ_CONTENT = "read-content"
    WORK_CASES = "work-cases"
    APPROVE = "approve"
    SEE_ORDERS = "see-orders"
    REGISTER_ORDERS = "register-orders"
    OVERRIDE_HOLDS = "override-holds"
    SEE_SECRET = "see-secret"  # noqa: S105 - a permission's name
    APPROVE_CLEARED = "approve-cleared"
    SEE_AUDIT = "see-audit"
    SEE_SOURCES = "see-sources"
    ADMINISTER = "administer"
    CONFIRM_ROLES = "confirm-roles"
    HAND_IN = "hand-in"
    ASK_STOP_LIST = "ask-stop-list"
    WRITE_STANDARD_WORDS = "write-standard-words"
    SEE_FIGURES = "see-figures"
    OVERSEE = "oversee"


_P = Permission
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.CASEWORKER: frozenset({_P.SEE_CASES, _P.READ_CONTENT, _P.WORK_CASES, _P.SEE_SOURCES}),
    Role.APPROVER: frozenset({_P.SEE_CASES, _P.READ_CONTENT, _P.APPROVE, _P.SEE_SOURCES, _P.CONFIRM_ROLES}),
    Role.LEGAL: frozenset(
        {_P.SEE_CASES, _P.READ_CONTENT, _P.WORK_CASES, _P.SEE_ORDERS, _P.REGISTER_ORDERS, _P.OVERRIDE_HOLDS,
         _P.SEE_SOURCES, _P.CONFIRM_ROLES, _P.WRITE_STANDARD_WORDS, _P.SEE_FIGURES}
    ),
    Role.CLEARED: frozenset(
        {_P.SEE_CASES, _P.READ_CONTENT, _P.SEE_ORDERS, _P.REGISTER_ORDERS, _P.SEE_SECRET, _P.APPROVE_CLEARED,
         _P.CONFIRM_ROLES}
    ),
    # Reads what was done, and not whose data it was done to.
    Role.AUDITOR: frozenset({_P.SEE_CASES, _P.SEE_AUDIT, _P.SEE_SOURCES}),
    # Sees how requests are answered and why something was refused, and of no request whose it is (Article 39).
    Role.DPO: frozenset({_P.SEE_FIGURES, _P.OVERSEE}),
    # Whoever hands out roles sees no cases.
    Role.ADMIN: frozenset({_P.ADMINISTER, _P.SEE_SOURCES, _P.CONFIRM_ROLES}),
    Role.SYSTEM: frozenset({_P.HAND_IN, _P.ASK_STOP_LIST}),
}  # fmt: skip


# What a member who has not shown a second factor for a while is not let see (`User.withheld`).
SECRET = frozenset({_P.SEE_SECRET, _P.APPROVE_CLEARED})


def withheld(user: User) -> frozenset[Permission]:
    """What the user's roles grant and they don't get here: secrets, where this process has no key to them either."""
    held = frozenset(map(Permission, user.withheld))
    return held if orders_key.is_at_hand() else held | SECRET


def roles_with(permission: Permission) -> list[Role]:
    return [role for role, granted in GRANTS.items() if permission in granted]


def allowed(user: User, operator: Operator | str, permission: Permission) -> bool:
    """Whether one of the user's roles at this operator grants the permission."""
    slug = operator if isinstance(operator, str) else operator.pk
    return (
        user.is_active
        and permission not in withheld(user)
        # Asked anew each time: a role that was taken away ends at once, not with the session.
        and Membership.objects.filter(
            user=user, operator_id=slug, operator__is_active=True, role__in=roles_with(permission)
        ).exists()
    )


def members_with(operator: Operator | str, roles: Iterable[Role]) -> QuerySet[User]:
    """Active members of this operator who hold one of these roles, each once."""
    members = User.objects.filter(
        is_active=True, memberships__operator=operator, memberships__role__in=list(roles)
    )
    return members.order_by("pk").distinct()


def require(user: User, operator: Operator | str, permission: Permission) -> None:
    """PermissionDenied unless allowed."""
    if not allowed(user, operator, permission):
        raise PermissionDenied(permission.value)


def operators_for(user: User, permission: Permission | None = None) -> QuerySet[Operator]:
    """The operators this user works for, in any role or in one that grants the permission."""
    roles = list(GRANTS) if permission is None else roles_with(permission)
    if permission in withheld(user):
        roles = []
    # Several roles at one operator are still one operator.
    found = Operator.objects.filter(is_active=True, memberships__user=user, memberships__role__in=roles)
    return found.distinct().order_by("name", "slug")

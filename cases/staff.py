"""Who works at the desk. An administrator of an operator adds and removes its members; every change is recorded."""

import secrets

from django.db import transaction

from cases import audit
from cases.models import Membership, Operator, User
from cases.models.operators import Role
from cases.permissions import Permission, require
from cases.workflow import Refusal


@transaction.atomic
def add_member(operator: Operator, *, username: str, role: str, by: User) -> str | None:
    """Give a user a role at this operator. A user nobody knew is made, and the first password returned, this once."""
    require(by, operator, Permission.ADMINISTER)
    password = None
    user = User.objects.filter(username=username).first()
    if user is None:
        password = secrets.token_urlsafe(12)
        user = User.objects.create_user(username, password=password)
    _membership, created = Membership.objects.get_or_create(user=user, operator=operator, role=Role(role))
    if created:
        audit.record(operator, "member.added", by=by, user=user.pk, role=role)
    return password


@transaction.atomic
def remove_member(membership: Membership, *, by: User) -> None:
    """Take a role away at once. Refusal for one's own administration, or nobody could give it back."""
    require(by, membership.operator, Permission.ADMINISTER)
    if membership.user_id == by.pk and membership.role == Role.ADMIN:
        raise Refusal("own-role")
    audit.record(membership.operator, "member.removed", by=by, user=membership.user_id, role=membership.role)
    membership.delete()

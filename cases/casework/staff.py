"""Who works at the desk. An administrator of an operator adds and removes its members; every change is recorded."""

import secrets

from django.db import transaction

from cases.casework import audit
from cases.casework.permissions import Permission, operators_for, require
from cases.casework.workflow import Refusal
from cases.models import Membership, Operator, User
from cases.models.operators import Role


def first_password() -> str:
    """A password somebody hands over, for the first sign-in only."""
    return secrets.token_urlsafe(12)


@transaction.atomic
def add_member(operator: Operator, *, username: str, role: str, by: User) -> str | None:
    """Give a user a role at this operator. A user nobody knew is made, and the first password returned, this once."""
    require(by, operator, Permission.ADMINISTER)
    password = None
    user = User.objects.filter(username=username).first()
    if user is None:
        password = first_password()
        user = User.objects.create_user(username, password=password, must_change_password=True)
    _membership, created = Membership.objects.get_or_create(user=user, operator=operator, role=Role(role))
    if created:
        audit.record(operator, "member.added", by=by, user=user.pk, role=role)
    return password


@transaction.atomic
def new_password(membership: Membership, *, by: User) -> str:
    """A first password again, for a member who has forgotten theirs; the old one and open sessions end at once.

    Refusal works-elsewhere for who also works where `by` does not administer, own-password for oneself.
    """
    require(by, membership.operator, Permission.ADMINISTER)
    user = User.objects.select_for_update().get(pk=membership.user_id)
    if user == by:
        raise Refusal("own-password")
    administered = operators_for(by, Permission.ADMINISTER)
    if user.memberships.exclude(operator__in=administered).exists():
        raise Refusal("works-elsewhere")
    password = first_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    audit.record(membership.operator, "member.password-made", by=by, user=user.pk)
    return password


@transaction.atomic
def remove_member(membership: Membership, *, by: User) -> None:
    """Take a role away at once. Refusal for one's own administration, or nobody could give it back."""
    require(by, membership.operator, Permission.ADMINISTER)
    if membership.user_id == by.pk and membership.role == Role.ADMIN:
        raise Refusal("own-role")
    audit.record(membership.operator, "member.removed", by=by, user=membership.user_id, role=membership.role)
    membership.delete()

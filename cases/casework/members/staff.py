"""Who works at the desk. An administrator gives and takes roles, never his own; every change is recorded.

A role of TWO_PERSON_ROLES is proposed by an administrator and comes into force when somebody else who holds it
confirms it. Its first holders are made on the server (`manage.py add_member`). Taking a role away is safe, and at once.
Of every change in force the others concerned are told (`telling`).
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from cases.casework import audit
from cases.casework.mail import queue_to_staff
from cases.casework.members import named
from cases.casework.members.accounts import account, account_from_server, end_sessions, invite
from cases.casework.members.apart import refuse_together
from cases.casework.members.telling import tell
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal
from cases.models import Membership, Operator, ProposedRole, User
from cases.models.operators import TWO_PERSON_ROLES, Role


def _locked(operator: Operator) -> Operator:
    """The roles of one operator change one after the other, so that two administrators can't remove each other."""
    return (
        Operator.objects.select_for_update(of=("self",), no_key=True)
        .select_related("register")
        .get(pk=operator.pk)
    )


def _holders(operator: Operator, role: str) -> QuerySet[Membership]:
    return Membership.objects.filter(operator=operator, role=role, user__is_active=True).select_related(
        "user"
    )


@transaction.atomic
def add_member(operator: Operator, *, username: str, email: str, role: str, by: User) -> bool:
    """Give a person a role, and who has no account yet an invitation by mail. False where it waits to be confirmed.

    Refusal own-role for oneself, system-account for an operator's own system, nobody-confirms where no second person
    holds the role; those of `accounts.account` and `apart.refuse_together`.
    """
    operator = _locked(operator)
    require(by, operator, Permission.ADMINISTER)
    user = account(username, email)
    if user == by:
        raise Refusal("own-role")
    if role == Role.SYSTEM or user.memberships.filter(role=Role.SYSTEM).exists():
        raise Refusal("system-account")
    if Membership.objects.filter(user=user, operator=operator, role=role).exists():
        return True
    refuse_together(user, operator, role)
    if role in TWO_PERSON_ROLES:
        _propose(operator, user, Role(role), by)
        return False
    Membership.objects.create(user=user, operator=operator, role=Role(role), given_by=by)
    audit.record(operator, "member.added", by=by, user=user.pk, role=role)
    tell(operator, user, Role(role), given=True, by=by)
    invite(user, operator)
    return True


def _propose(operator: Operator, user: User, role: Role, by: User) -> None:
    seconds = [one.user for one in _holders(operator, role).exclude(user__in=[by, user])]
    if not seconds:
        raise Refusal("nobody-confirms", operator=operator.pk, role=role.value)
    proposed, new = ProposedRole.objects.get_or_create(
        user=user, operator=operator, role=role, defaults={"proposed_by": by}
    )
    if new:
        audit.record(operator, "role.proposed", by=by, user=user.pk, role=role)
        for second in seconds:
            if second.email:
                queue_to_staff(operator, "role_proposed", to=second.email, proposed=proposed)


def proposals_for(user: User) -> QuerySet[ProposedRole]:
    """What this person can confirm: a role they hold there, proposed by somebody else for somebody else."""
    held = Membership.objects.filter(user=user, operator=OuterRef("operator"), role=OuterRef("role"))
    others = ProposedRole.objects.filter(Exists(held), operator__is_active=True)
    return (
        others.exclude(user=user).exclude(proposed_by=user).select_related("user", "operator", "proposed_by")
    )


def _decided(proposed: ProposedRole, by: User) -> ProposedRole:
    """The proposal, its operator's roles locked. PermissionDenied unless `by` may confirm it."""
    _locked(proposed.operator)
    still_open = _open(proposed)
    if not proposals_for(by).filter(pk=proposed.pk).exists():
        raise PermissionDenied(Permission.CONFIRM_ROLES.value)
    return still_open


def _open(proposed: ProposedRole) -> ProposedRole:
    """As it stands under the lock. Refusal already-decided where somebody was faster."""
    found = ProposedRole.objects.select_related("operator__register", "user").filter(pk=proposed.pk).first()
    if found is None:
        raise Refusal("already-decided")
    return found


@transaction.atomic
def confirm_role(proposed: ProposedRole, *, by: User) -> Membership:
    """The second person: from now on the role is in force."""
    proposed = _decided(proposed, by)
    operator, user, role = proposed.operator, proposed.user, proposed.role
    # Another role may have come meanwhile.
    refuse_together(user, operator, role)
    membership = Membership.objects.create(
        user=user, operator=operator, role=role, given_by=proposed.proposed_by, confirmed_by=by
    )
    audit.record(
        operator, "role.confirmed", by=by, user=user.pk, role=role, proposed_by=proposed.proposed_by_id
    )
    proposed.delete()
    tell(operator, user, Role(role), given=True, by=by)
    invite(user, operator)
    return membership


@transaction.atomic
def refuse_role(proposed: ProposedRole, *, by: User) -> None:
    """The second person says no; nothing has been in force."""
    _drop(_decided(proposed, by), "role.refused", by)


@transaction.atomic
def withdraw_role(proposed: ProposedRole, *, by: User) -> None:
    """An administrator takes a proposal back."""
    operator = _locked(proposed.operator)
    require(by, operator, Permission.ADMINISTER)
    _drop(_open(proposed), "role.withdrawn", by)


def _drop(proposed: ProposedRole, action: str, by: User) -> None:
    audit.record(proposed.operator, action, by=by, user=proposed.user_id, role=proposed.role)
    proposed.delete()


@transaction.atomic
def remove_member(membership: Membership, *, by: User) -> None:
    """Take a role away at once, with the open sessions; the person is told. Refusal own-role for one's own.

    So whoever takes the last but one administration away keeps the last. Refusal nobody-left where cases for named
    staff would be there for nobody.
    """
    operator, user, role = _locked(membership.operator), membership.user, Role(membership.role)
    require(by, operator, Permission.ADMINISTER)
    if user == by:
        raise Refusal("own-role")
    membership.delete()
    # Cases are locked before anything is recorded.
    named.after_losing(operator, user, by=by)
    audit.record(operator, "member.removed", by=by, user=user.pk, role=role)
    if role == Role.ADMIN:
        for proposed in ProposedRole.objects.filter(operator=operator, proposed_by=user):
            _drop(proposed, "role.withdrawn", by)
    end_sessions(user)
    tell(operator, user, role, given=False, by=by)


@transaction.atomic
def add_from_server(
    operator: Operator, *, username: str, email: str, role: Role, alone: bool = False
) -> User:
    """A role given by a command on the server. `alone`: even though members could do it by two.

    Refusal two-can-do-it where there is who proposes and who confirms; for the rest see `add_member`.
    """
    operator = _locked(operator)
    user = account_from_server(username, email)
    if Membership.objects.filter(user=user, operator=operator, role=role).exists():
        return user
    refuse_together(user, operator, role)
    if role in TWO_PERSON_ROLES and not alone and _two_can(operator, role):
        raise Refusal("two-can-do-it")
    Membership.objects.create(user=user, operator=operator, role=role)
    ProposedRole.objects.filter(user=user, operator=operator, role=role).delete()
    audit.record(operator, "member.added", by=audit.SYSTEM, user=user.pk, role=role, alone=alone)
    tell(operator, user, role, given=True, by=audit.SYSTEM)
    return user


def _two_can(operator: Operator, role: Role) -> bool:
    """Whether an administrator can propose somebody for this role and somebody else confirm."""
    proposers = _holders(operator, Role.ADMIN).values_list("user", flat=True)
    seconds = _holders(operator, role).values_list("user", flat=True)
    return any(one != other for one in proposers for other in seconds)

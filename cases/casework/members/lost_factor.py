"""A second factor that is lost, spare codes included: taken away by two administrators, or on the server.

The password goes with it: whoever knew that alone would else set up a factor of their own. The person gets a link to
choose a new one, to their own address, and sets up a new factor before the first page.
"""

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from cases.casework import audit
from cases.casework.mail import queue_to_staff
from cases.casework.members.accounts import end_sessions, link_of, record_everywhere
from cases.casework.permissions import Permission, members_with, require
from cases.casework.workflow import Refusal
from cases.models import LostFactor, Membership, Operator, User
from cases.models.operators import Role


@transaction.atomic
def say_lost(membership: Membership, *, by: User) -> None:
    """One administrator says so. Nothing happens before another agrees.

    Refusal own-factor for oneself, no-address where no link could go, nobody-agrees without another administrator.
    """
    operator, user = membership.operator, membership.user
    require(by, operator, Permission.ADMINISTER)
    if user == by:
        raise Refusal("own-factor")
    if not user.email:
        raise Refusal("no-address", name=user)
    others = _administrators(operator).exclude(pk__in=[by.pk, user.pk])
    if not others:
        raise Refusal("nobody-agrees", name=user)
    _lost, new = LostFactor.objects.get_or_create(user=user, defaults={"operator": operator, "said_by": by})
    if new:
        audit.record(operator, "factor.lost", by=by, user=user.pk)
        for other in others.exclude(email=""):
            queue_to_staff(operator, "factor_lost", to=other.email, user=user, by=str(by))


def _administrators(operator: Operator) -> QuerySet[User]:
    return members_with(operator, [Role.ADMIN])


@transaction.atomic
def agree(lost: LostFactor, *, by: User) -> None:
    """The second administrator: it is taken away. PermissionDenied for who said so, and for the person."""
    lost = _settled(lost, by)
    if by.pk == lost.said_by_id:
        raise PermissionDenied
    _take_away(lost.user, by=by)
    queue_to_staff(lost.operator, "factor_taken", to=lost.user.email, user=lost.user, link=link_of(lost.user))


@transaction.atomic
def refuse(lost: LostFactor, *, by: User) -> None:
    """It stays as it is: either of the two may say so."""
    lost = _settled(lost, by)
    audit.record(lost.operator, "factor.not-lost", by=by, user=lost.user_id)


def _settled(lost: LostFactor, by: User) -> LostFactor:
    found = LostFactor.objects.select_for_update(of=("self",)).select_related(
        "operator__register", "user", "said_by"
    )
    one = found.filter(pk=lost.pk).first()
    if one is None:
        raise Refusal("already-decided")
    require(by, one.operator, Permission.ADMINISTER)
    if by.pk == one.user_id:
        raise PermissionDenied
    LostFactor.objects.filter(pk=one.pk).delete()
    return one


@transaction.atomic
def take_away_from_server(user: User) -> None:
    LostFactor.objects.filter(user=user).delete()
    _take_away(user, by=audit.SYSTEM)


def _take_away(user: User, *, by: audit.Actor) -> None:
    Authenticator.objects.filter(user=user).delete()
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_sessions(user)
    record_everywhere(user, "factor.taken-away", by=by)

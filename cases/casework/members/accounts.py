"""Accounts of staff. Nobody sees another's password: a person chooses it behind a link sent to their own address.

Whoever could change that address could take the account over, so that the person alone changes it, signed in. Who can
neither sign in nor be written to gets a link from the server (`manage.py sign_in_link`).
"""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from cases.casework import audit
from cases.casework.mail import queue_to_staff
from cases.casework.members import open_sessions
from cases.casework.permissions import Permission, operators_for, require
from cases.casework.workflow import Refusal
from cases.models import Membership, Operator, ProposedRole, User
from cases.models.operators import PARTS


def link_of(user: User) -> str:
    """The path behind which the person chooses a password: once, within PASSWORD_RESET_TIMEOUT.

    The link is signed over the password, the address and the last sign-in, so that each of them ends it.
    """
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("account_choose_password", args=[uid, default_token_generator.make_token(user)])


def sign_in_address(user: User) -> str:
    """The same as a whole address, for the terminal of the server."""
    return settings.BASE_URL + link_of(user)


def account(username: str, email: str) -> User:
    """The user of this name, or a new one at this address, who has no password yet.

    Refusal address-needed for a new user without an address, address-differs where the name belongs to somebody with
    another address, address-taken where the address belongs to another name.
    """
    user = User.objects.select_for_update().filter(username=User.normalize_username(username)).first()
    if user is not None and (not email or email.casefold() == user.email.casefold()):
        return user
    if user is not None and not _never_used(user):
        raise Refusal("address-differs", name=user)
    if not email:
        raise Refusal("address-needed")
    _free(email, username)
    if username in PARTS:
        raise Refusal("name-reserved", name=username)
    if user is None:
        return User.objects.create_user(username, email=email)
    user.email = email
    user.save(update_fields=["email"])
    return user


def account_from_server(username: str, email: str) -> User:
    """The same for a command on the server, which prints the link, so that the address may be missing."""
    if username in PARTS:
        raise Refusal("name-reserved", name=username)
    known = User.objects.filter(username=User.normalize_username(username)).exists()
    return account(username, email) if known or email else User.objects.create_user(username)


def _never_used(user: User) -> bool:
    """An invitation that nobody took up and that leads nowhere any more, so that its address may be put right."""
    return not (
        user.has_usable_password()
        or user.last_login
        or Membership.objects.filter(user=user).exists()
        or ProposedRole.objects.filter(user=user).exists()
    )


def _free(email: str, username: str) -> None:
    if User.objects.filter(email__iexact=email).exclude(username=username).exists():
        raise Refusal("address-taken")


def invite(user: User, operator: Operator) -> None:
    """The link by mail to who has no password yet. Nothing for who has one, or for who has no address."""
    if user.email and not user.has_usable_password():
        queue_to_staff(operator, "invited", to=user.email, user=user, link=link_of(user))


@transaction.atomic
def send_link(membership: Membership, *, by: User) -> None:
    """A link by mail to a member who has forgotten the password. The old one works until a new one is chosen.

    Refusal own-password for oneself, no-address where there is nowhere to send it.
    """
    operator, user = membership.operator, membership.user
    require(by, operator, Permission.ADMINISTER)
    if user == by:
        raise Refusal("own-password")
    if not user.email:
        raise Refusal("no-address", name=user)
    if user.has_usable_password():
        queue_to_staff(operator, "password", to=user.email, user=user, link=link_of(user))
    else:
        invite(user, operator)
    audit.record(operator, "member.link-sent", by=by, user=user.pk)


@transaction.atomic
def choose_password(user: User, token: str, password: str) -> None:
    """A password of one's own behind a link. The link, other links and open sessions end with the old password."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not default_token_generator.check_token(locked, token):
        raise Refusal("link-used")
    locked.set_password(password)
    locked.save(update_fields=["password"])
    locked.sessions.all().delete()
    # Nobody is signed in: it was whoever had the link.
    record_everywhere(locked, "member.password-chosen", by=audit.SYSTEM)


@transaction.atomic
def change_own_address(user: User, email: str) -> None:
    """Another address for oneself; the old one and the new one are told. Refusal address-taken if it is another's."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    old, operator = locked.email, operators_for(locked).order_by("pk").first()
    _free(email, locked.username)
    locked.email = email
    locked.save(update_fields=["email"])
    if operator is not None:
        for address in {old, email} - {""}:
            queue_to_staff(operator, "address_changed", to=address, user=locked)
    record_everywhere(locked, "member.address-changed", by=locked)


def end_sessions(user: User) -> None:
    """Every open session of this person is over; one that was not on the list ends with its next page."""
    user.sessions.all().delete()
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
    open_sessions.end_all(user)


def record_everywhere(user: User, action: str, *, by: audit.Actor) -> None:
    """In the record of every operator the person works for, in one order, so that two never wait for each other."""
    for operator in Operator.objects.filter(memberships__user=user).distinct().order_by("pk"):
        audit.record(operator, action, by=by, user=user.pk)

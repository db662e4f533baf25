"""Whose sign-in this is, of those that the provider of single sign-on tells us of."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from cases.casework.members.accounts import record_everywhere
from cases.models import Elsewhere, User
from cases.models.operators import Role


@transaction.atomic
def member_of(issuer: str, claims: Mapping[str, Any]) -> User | None:
    """The member of staff, by the provider's own name for them; the first time by an address that it has checked.

    None for whoever has no account here: nobody gets one by signing in elsewhere.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        return None
    staff = User.objects.filter(is_active=True).exclude(memberships__role=Role.SYSTEM)
    tied = Elsewhere.objects.filter(issuer=issuer, subject=subject).first()
    if tied is not None:
        return staff.filter(pk=tied.user_id).first()
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str) or not email:
        return None
    user = staff.filter(email__iexact=email).first()
    # Somebody else may have got the address since.
    if user is None or Elsewhere.objects.filter(issuer=issuer, user=user).exists():
        return None
    Elsewhere.objects.create(user=user, issuer=issuer, subject=subject)
    record_everywhere(user, "factor.tied", by=user)
    return user

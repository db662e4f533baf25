"""Tokens of operators' own systems: each with an end, with what it may do, and with when it was last used."""

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from knox.models import AuthToken

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.models import Operator, Scope, TokenScope, TokenUse, User
from cases.models.operators import Role

DAYS = 90
NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def make(user: User, *, days: int, scopes: Collection[str]) -> str:
    """A token for the system whose account this is; its text, which is kept nowhere."""
    token, text = AuthToken.objects.create(user, expiry=timedelta(days=days))
    TokenScope.objects.bulk_create(TokenScope(token=token, scope=Scope(scope)) for scope in scopes)
    for operator in operators_of(user):
        audit.record(operator, "token.made", by=audit.SYSTEM, user=user.pk, days=days, scopes=sorted(scopes))
    return str(text)


def tokens_of(operator: Operator) -> QuerySet[AuthToken]:
    """Those that open something at this operator, by their systems' names."""
    systems = AuthToken.objects.filter(
        user__memberships__operator=operator, user__memberships__role=Role.SYSTEM, expiry__gt=timezone.now()
    )
    shown = systems.select_related("user").annotate(used=F("use__at")).prefetch_related("scopes")
    ordered: QuerySet[AuthToken] = shown.order_by("user__username", "created", "pk")
    return ordered


@transaction.atomic
def revoke(token: AuthToken, *, operator: Operator, by: User) -> None:
    """End one token at once, at every operator of its system. PermissionDenied unless an administrator's at one."""
    require(by, operator, Permission.ADMINISTER)
    end([token], by=by)


def end(tokens: Collection[AuthToken], *, by: audit.Actor) -> int:
    """How many have ended. All are of one system."""
    for token in tokens:
        token.delete()
        for operator in operators_of(token.user):
            audit.record(operator, "token.revoked", by=by, user=token.user_id, token=token.token_key)
    return len(tokens)


def operators_of(user: User) -> QuerySet[Operator]:
    systems = Operator.objects.filter(memberships__user=user, memberships__role=Role.SYSTEM)
    return systems.order_by("pk").distinct()


def may(token: AuthToken, scope: str) -> bool:
    return TokenScope.objects.filter(token=token, scope=scope).exists()


def note_use(token: AuthToken) -> None:
    """That it was used now; written at most once a minute."""
    now = timezone.now()
    use, new = TokenUse.objects.get_or_create(token=token, defaults={"at": now})
    if not new and now - use.at > NOTED_EVERY:
        TokenUse.objects.filter(token=token).update(at=now)

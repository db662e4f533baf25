"""Where a member is signed in, and the end of it: at once, since a session that is gone opens no page."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.utils import timezone

from cases.models import OpenSession, Session, User


def open_sessions(user: User) -> list[OpenSession]:
    """The member's own, the one seen last first."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    return list(OpenSession.objects.filter(Exists(alive), user=user))


def end(keys: Iterable[str]) -> None:
    named = list(keys)
    Session.objects.filter(session_key__in=named).delete()
    OpenSession.objects.filter(session_key__in=named).delete()


def end_all(user: User, *, but: str = "") -> None:
    """All of a member's, but for the one with this key."""
    keys = (
        OpenSession.objects.filter(user=user).exclude(session_key=but).values_list("session_key", flat=True)
    )
    end(keys)


def forget() -> None:
    """What has run out."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    OpenSession.objects.exclude(Exists(alive)).delete()

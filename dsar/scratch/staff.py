"""Somebody at work at a scratch desk, without a browser: the record takes entries of nobody who is not signed in."""

from datetime import timedelta

from django.contrib.auth import SESSION_KEY
from django.db.models.functions import Now

from cases.models import User
from cases.web.signing_in.session_store import SessionStore


def sign_in(user: User) -> None:
    """An open session, as a browser would have it after signing in; one is enough."""
    if not user.sessions.exists():
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session.save()
        # By the database's clock, which asks: a test may have another.
        user.sessions.update(expire_date=Now() + timedelta(hours=10))

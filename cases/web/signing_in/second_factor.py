"""The second factor: no page of the desk without one, and what carries power only where it was shown a moment ago.

It is a code of an app, a passkey or a spare code, or the sign-in of a provider that says it has asked for two (`sso`).
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import User

View = Callable[..., HttpResponseBase]
SSO = "sso"


def shown_at(request: HttpRequest) -> float | None:
    """When this session last showed a second factor, in seconds since 1970; None: never."""
    records = get_authentication_records(request, request.user)
    return max(
        (each["at"] for each in records if each["method"] == "mfa" or each.get("strong")), default=None
    )


def is_fresh(request: HttpRequest) -> bool:
    """Whether it was shown within the last minutes, and so by whoever sits there now."""
    at = shown_at(request)
    return at is not None and time.time() - at < settings.FRESH_FACTOR


def note_shown(request: HttpRequest, user: User, *, method: str, **more: Any) -> None:
    record_authentication(request, user, method, reauthenticated=True, **more)


def is_set_up(user: User) -> bool:
    """Whether this person has a factor of their own here."""
    factors = Authenticator.objects.filter(user=user)
    return bool(factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())


def first(request: HttpRequest) -> HttpResponseBase | None:
    """Where to go before the first page of the desk; None for who has shown a second factor in this session."""
    if shown_at(request) is not None:
        return None
    return _elsewhere(request)


def again(request: HttpRequest) -> HttpResponseBase | None:
    """Where to go before something that carries power; None for who has shown it a moment ago."""
    if is_fresh(request):
        return None
    if request.method != "GET":
        # What was typed is not kept for afterwards: it may tell of the person.
        messages.info(request, _("Show that it is you, then do it once more. Nothing has been done yet."))
    return _elsewhere(request)


def _elsewhere(request: HttpRequest) -> HttpResponseBase:
    where = f"{reverse(_door(request))}?{urlencode({'next': _back(request)})}"
    if request.headers.get("HX-Request"):
        response = HttpResponseRedirect(where)
        # htmx would put the page of the door into a corner of the page that asked.
        response.status_code = 204
        response["HX-Redirect"] = where
        return response
    return HttpResponseRedirect(where)


def _door(request: HttpRequest) -> str:
    assert isinstance(request.user, User)
    if is_set_up(request.user):
        app = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists()
        return "mfa_reauthenticate" if app else "mfa_reauthenticate_webauthn"
    records = get_authentication_records(request, request.user)
    return "sso" if any(each.get("strong") for each in records) else "mfa_activate_totp"


def _back(request: HttpRequest) -> str:
    """The page to come back to: for a button, the one it stands on."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return request.get_full_path()
    came = urlsplit(request.headers.get("Referer", ""))
    return came.path if came.netloc == request.get_host() else reverse(settings.LOGIN_REDIRECT_URL)


def recent(view: View) -> View:
    """For whoever is signed in and showed a second factor a moment ago; others are led to it and back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return again(request) or view(request, *args, **kwargs)

    wrapped: View = login_required(guarded)
    return wrapped

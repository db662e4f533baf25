"""Single sign-on: staff sign in at the company's own provider (OpenID Connect), and come back.

Where the provider says, by `acr` or `amr` (DSAR_SSO_STRONG), that it asked for two factors, nothing is asked here; else
the second factor is this desk's own. Nobody is slowed down here: no password is typed.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from cases.casework.members.elsewhere import member_of
from cases.identity.eid.login import Attempt, answered, begin
from cases.identity.eid.outcomes import NotShown
from cases.models import User
from cases.web.signing_in.second_factor import SSO

log = structlog.get_logger(__name__)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class Office:
    """The provider as `cases.identity.eid.login.Client` wants it."""

    issuer: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = ("openid", "email")
    acr_values: tuple[str, ...] = ()
    private_key: None = None
    key_id: None = None


def _office() -> Office:
    if not settings.SSO_ISSUER:
        raise Http404
    return Office(settings.SSO_ISSUER, settings.SSO_CLIENT_ID, settings.SSO_CLIENT_SECRET)


def _back() -> str:
    return settings.STAFF_URL + reverse("sso_back")


@require_GET
@never_cache
def go(request: HttpRequest) -> HttpResponseBase:
    """To the provider. Whoever is signed in already shows anew that it is them."""
    office, attempt = _office(), Attempt.new(SSO)
    onward = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, request.is_secure()):
        onward = reverse(settings.LOGIN_REDIRECT_URL)
    prompt = "login" if request.user.is_authenticated else ""
    try:
        address = begin(attempt, office, back=_back(), language=get_language() or "en", prompt=prompt)
    except NotShown as failed:
        return _failed(request, failed)
    request.session[SSO] = {"attempt": asdict(attempt), "next": onward}
    return redirect(address)


@require_GET
@never_cache
def back(request: HttpRequest) -> HttpResponseBase:
    """Whoever the provider says it is, signed in; or the sign-in page with a sentence."""
    office, kept = _office(), request.session.pop(SSO, None)
    attempt = Attempt(**kept["attempt"]) if kept else None
    if attempt is None or not attempt.is_answered_by(request.GET):
        return _refused(request, _("That took too long, or was begun in another browser. Try again."))
    try:
        issuer, claims = answered(attempt, office, request.GET.dict(), back=_back())
    except NotShown as failed:
        return _failed(request, failed)
    user = member_of(issuer, claims)
    if user is None or (request.user.is_authenticated and request.user != user):
        return _refused(
            request, _("There is no account at this desk for who signed in there. Ask an administrator.")
        )
    return _signed_in(request, user, claims, kept["next"])


def _signed_in(request: HttpRequest, user: User, claims: Mapping[str, Any], onward: str) -> HttpResponseBase:
    strong = is_strong(claims)
    if not strong and not request.user.is_authenticated:
        record_authentication(request, user, SSO)
        # By way of this desk's second step, for who has set one up.
        response: HttpResponseBase = perform_login(request, Login(user=user, redirect_url=onward))
        return response
    if not request.user.is_authenticated:
        login(request, user, backend=BACKEND)
    if strong:
        record_authentication(request, user, SSO, strong=True, at=_asked_at(claims))
    return redirect(onward)


def is_strong(claims: Mapping[str, Any]) -> bool:
    """Whether the provider asked for two factors, by the values that the deployment takes for that."""
    amr = claims.get("amr")
    told = {
        claims.get("acr"),
        *(each for each in (amr if isinstance(amr, list) else []) if isinstance(each, str)),
    }
    return not told.isdisjoint(settings.SSO_STRONG)


def _asked_at(claims: Mapping[str, Any]) -> float:
    """When the person last showed themselves there: with single sign-on that may be hours ago."""
    told = claims.get("auth_time")
    return min(time.time(), float(told)) if isinstance(told, int | float) else time.time()


def _failed(request: HttpRequest, failed: NotShown) -> HttpResponseBase:
    log.info("sso.not-shown", outcome=failed.outcome, why=failed.why)
    return _refused(
        request, _("The sign-in at the company did not work. Try again, or sign in with your password.")
    )


def _refused(request: HttpRequest, sentence: str) -> HttpResponseBase:
    messages.error(request, sentence)
    return redirect(settings.LOGIN_REDIRECT_URL if request.user.is_authenticated else "account_login")

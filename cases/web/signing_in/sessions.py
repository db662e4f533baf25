"""Sessions of staff end by themselves: after a while without a page, and after a working day whatever was done."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.casework.members.open_sessions import end
from cases.models import OpenSession, User
from cases.web.signing_in.second_factor import shown_at
from cases.web.signing_in.session_store import row_of
from cases.web.signing_in.sign_in_limits import remember_device

STEP = 60  # seconds: a session is written no more often
MARK = "staff"
# Not the cookies: those of the whole domain would go, with what the operator has there.
LEFT_BEHIND = '"cache", "storage"'


def staff_sessions(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware. `began` and `seen` stand in the session, in seconds since 1970."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Visitors have none, and without a cookie nothing is looked up for them.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
            return get_response(request)
        begun = _keep(request)
        response = get_response(request)
        if begun and isinstance(request.user, User) and shown_at(request) is not None:
            remember_device(request, response, request.user)
        if not request.user.is_authenticated:
            # Whoever sits down at this browser next finds nothing of the desk in it.
            response["Clear-Site-Data"] = LEFT_BEHIND
        return response

    return middleware


def _keep(request: HttpRequest) -> bool:
    """End the session where its time is over. Whether this is the first page of it."""
    now, mark = time.time(), request.session.get(MARK)
    if mark is None:
        if isinstance(request.user, User):
            _begin(request, request.user, now)
        return True
    if now - mark["began"] > settings.SESSION_LIFE or now - mark["seen"] > settings.SESSION_IDLE:
        end([row_of(request.session)])
        logout(request)
        messages.info(request, _("You were signed out, for your time here was over. Sign in again."))
    elif now - mark["seen"] > STEP and not _is_polling(request):
        request.session[MARK] = {**mark, "seen": now}
        OpenSession.objects.filter(session_key=row_of(request.session)).update(seen_at=timezone.now())
    return False


def _begin(request: HttpRequest, user: User, now: float) -> None:
    request.session[MARK] = {"began": now, "seen": now}
    agent = request.headers.get("User-Agent", "")[:200]
    key = row_of(request.session)
    OpenSession.objects.update_or_create(session_key=key, defaults={"user": user, "browser": agent})


def _is_polling(request: HttpRequest) -> bool:
    """Whether the page asks by itself, with nobody before it."""
    return request.headers.get("HX-Request") == "true" and request.method == "GET"

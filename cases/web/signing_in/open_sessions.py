"""One's own list of sessions, each with a button that ends it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from cases.casework.members import accounts
from cases.casework.members import open_sessions as command
from cases.models import OpenSession, User
from cases.web.signing_in.session_store import row_of


@require_GET
@never_cache
@login_required
def own_sessions(request: HttpRequest) -> HttpResponseBase:
    assert isinstance(request.user, User)
    found = command.open_sessions(request.user)
    return render(request, "account/sessions.html", {"found": found, "here": row_of(request.session)})


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponseBase:
    one = get_object_or_404(OpenSession, pk=pk, user=request.user)
    command.end([one.session_key])
    return _ended(request)


@require_POST
@login_required
def end_others(request: HttpRequest) -> HttpResponseBase:
    assert isinstance(request.user, User)
    command.end_all(request.user, but=row_of(request.session))
    return _ended(request)


def _ended(request: HttpRequest) -> HttpResponseBase:
    assert isinstance(request.user, User)
    accounts.record_everywhere(request.user, "session.ended", by=request.user)
    messages.success(request, _("Ended. Whoever sits there is signed out."))
    return redirect("account_sessions")

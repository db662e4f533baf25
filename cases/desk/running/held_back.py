"""A desk that stands still after a restore: what is missing, what waits, and the button that releases it."""

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.casework import release as command
from cases.casework import standstill
from cases.casework.members.named import seen_by
from cases.casework.permissions import operators_for
from cases.desk.scope import DeskRequest, attempt, recently, staff, visible_cases, written_reason
from cases.models import Case


@staff
def held_back(request: DeskRequest) -> HttpResponseBase:
    """What the reader's own companies miss; the whole desk is released at once."""
    standing = standstill.current()
    if standing is None:
        return redirect("desk:queue")
    context = {
        "standing": standing,
        "locked": visible_cases(request.user).filter(reference__in=standing.locked_cases).order_by("pk"),
        "waiting": command.waiting(
            Case.objects.filter(seen_by(request.user), operator__in=operators_for(request.user))
        ),
        "may_release": command.may_release(request.user),
    }
    return render(request, "desk/held_back.html", context)


@require_POST
@recently
def release(request: DeskRequest) -> HttpResponseBase:
    attempt(request, lambda: _release(request))
    return redirect("desk:held-back")


def _release(request: DeskRequest) -> str:
    command.release(reason=written_reason(request), by=request.user)
    return _("The desk is released. What waited goes out now.")

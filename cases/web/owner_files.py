"""Handing files over in a browser: what the owner's page and the desk's page have in common."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.casework import audit
from cases.casework.workflow import Refusal
from cases.collection import owner_answers
from cases.models import Run
from cases.web.uploads import Handed, sealed_as_they_come


def answered(
    request: HttpRequest, run: Run, act: Callable[[HttpRequest], HttpResponseBase]
) -> HttpResponseBase:
    """The form of one who may hand over, with its files. Refusal, with nothing read, where nothing is asked."""
    owner_answers.refuse_unasked(run)
    return sealed_as_they_come(request, owner_answers.room_for(run), act)


def act(request: HttpRequest, run: Run, *, by: audit.Actor) -> str:
    """Do what a button of the form asks for; what to say about it. Raises Refusal."""
    match request.POST.get("action"):
        case "start-over":
            owner_answers.start_over(run, by=by)
            return _("Taken back. Nothing is handed over now.")
        case "finish":
            owner_answers.finish(run, by=by)
            return _("Thank you. That was everything we asked for.")
        case "nothing":
            owner_answers.finish(run, nothing=True, by=by)
            return _("Thank you. We have noted that nothing is held.")
    rows = [_take(run, uploaded, by) for uploaded in request.FILES.getlist("files")]
    if not rows:
        raise Refusal("owner-gave-nothing")
    return ngettext("Taken: %(rows)s row.", "Taken: %(rows)s rows.", sum(rows)) % {"rows": sum(rows)}


def _take(run: Run, uploaded: object, by: audit.Actor) -> int:
    assert isinstance(uploaded, Handed)
    if not uploaded.whole:
        owner_answers.refuse_room(run)
    return owner_answers.take(run, uploaded.upload, by=by).rows

"""The page behind the link that the owner of a system gets by mail. Nobody signs in here; the link is the key."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cases.casework.workflow import Refusal
from cases.collection import owner_answers, owners
from cases.collection.owners import Link
from cases.models.case import Stage
from cases.public.entry import languages_of, speak
from cases.sources.configured import names_of
from cases.web.owner_files import act, answered
from cases.web.uploads import takes_files


@takes_files(owner_answers.MOST_BYTES)
@require_http_methods(["GET", "POST"])
@never_cache
def owner(request: HttpRequest, token: str) -> HttpResponseBase:
    """What is asked of the owner, and where to hand it over. A link that is no good any more says so."""
    link = owners.read_token(token)
    operator = link.request.run.case.operator if link else owners.was_for(token)
    if operator is not None:
        request.operator = operator  # type: ignore[attr-defined]
        if turned := speak(request, languages_of(operator)):
            return turned
    if link is None:
        return render(request, "owner/gone.html", status=404)
    if request.method != "POST":
        return _page(request, link)
    try:
        return answered(request, link.request.run, partial(_act, link=link, token=token))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("owner", token)


def _act(request: HttpRequest, link: Link, token: str) -> HttpResponseBase:
    run = link.request.run
    try:
        if request.POST.get("action") == "reveal":
            owner_answers.reveal(run, by=owner_answers.OWNER, letter=link.letter)
            request.session[_opened(link)] = True
        else:
            messages.success(request, act(request, run, by=owner_answers.OWNER))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("owner", token)


def _opened(link: Link) -> str:
    """This browser has been shown what to look for."""
    return f"owner:{link.request.pk}"


def _page(request: HttpRequest, link: Link) -> HttpResponse:
    run, language = link.request.run, get_language() or "en"
    is_open = run.status == run.Status.ASKED and run.case.stage == Stage.COLLECTION
    shown = is_open and request.session.get(_opened(link), False)
    source, collection = names_of(run.case.operator_id, run.source, run.collection, language)
    context = {
        "case": run.case,
        "run": run,
        "source": source,
        "collection": collection,
        "open": is_open,
        "sought": owner_answers.sought(run) if shown else None,
        "used": link.letter <= link.request.opened,
        "handed": run.handed.all() if is_open else (),
        "most": owner_answers.MOST_BYTES // 1_000_000,
    }
    return render(request, "owner/page.html", context)

"""The queue: every open case of the member's operators, the most urgent first."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from cases.casework.permissions import Permission, operators_for
from cases.desk.filters import CaseFilter, by_day, found_by, views_for
from cases.desk.scope import DeskRequest, staff, visible_cases
from cases.identity.identifier_words import sentence
from cases.identity.identifiers import NotAnIdentifier
from cases.models import Case, User
from cases.models.case import Stage
from cases.web.fields import Words

PAGE_SIZE = 50
FOUND = "found"  # the session key of what a search found, and the name of the view that shows it
MOST_FOUND = 200


@dataclass(frozen=True)
class RailItem:
    key: str
    label: str
    count: int
    query: str
    current: bool


def _rail(request: DeskRequest, cases: QuerySet[Case], chosen: str, today: date) -> list[RailItem]:
    views = views_for(request.user, today)
    counts = cases.aggregate(
        **{key: Count("pk", filter=condition) for key, (_label, condition) in views.items()}
    )
    return [
        RailItem(key, str(label), counts[key], urlencode({"view": key}), key == chosen)
        for key, (label, _condition) in views.items()
    ]


def _chosen(request: DeskRequest, views: dict[str, tuple[Words, Q]]) -> tuple[str, Q]:
    asked = request.GET.get("view", "")
    if asked == FOUND:
        return FOUND, Q(reference__in=request.session.get(FOUND, []))
    key = asked if asked in views else "open"
    return key, views[key][1]


def _start(user: User) -> str | None:
    """Where somebody who sees no cases begins instead: an administrator at the members."""
    return "desk:members" if operators_for(user, Permission.ADMINISTER).exists() else None


def _query_without_page(request: DeskRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


def _among_all(request: DeskRequest, view: str) -> HttpResponseBase:
    """To the view that has closed cases in it, with everything else that was chosen."""
    query = request.GET.copy()
    query["view"] = "all"
    if view == "mine":
        query["assigned_to"] = str(request.user.pk)
    address = f"{reverse('desk:queue')}?{query.urlencode()}"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@staff
def queue(request: DeskRequest) -> HttpResponseBase:
    """The whole page, or for htmx the list alone."""
    operators = operators_for(request.user, Permission.SEE_CASES)
    if not operators.exists() and (start := _start(request.user)):
        return redirect(start)
    today = timezone.localdate()
    view, condition = _chosen(request, views_for(request.user, today))
    if request.GET.get("stage") == Stage.CLOSED and view not in {"all", FOUND}:
        return _among_all(request, view)
    every = by_day(visible_cases(request.user))
    selects = CaseFilter(
        request.GET, every.filter(condition), operators=operators, names=request.operator_names
    )
    cases = selects.qs if selects.is_valid() else selects.queryset
    context = {
        "rail": _rail(request, every, view, today),
        "view": view,
        "form": selects.form,
        "page": Paginator(cases, PAGE_SIZE).get_page(request.GET.get("page")),
        "today": today,
        "several": operators.count() > 1,
        "rest": _query_without_page(request),
    }
    return render(request, "desk/queue.html#list" if request.htmx else "desk/queue.html", context)


@require_POST
@staff
def find(request: DeskRequest) -> HttpResponseBase:
    """Look a person or a reference up. By POST, and kept in the session: what is typed is in no address and no log."""
    text = request.POST.get("q", "").strip()[:200]
    operators = operators_for(request.user, Permission.SEE_CASES)
    try:
        known = found_by(text, operators) if text else Q(pk=None)
    except NotAnIdentifier as problem:
        messages.error(request, sentence(problem))
        return redirect("desk:queue")
    cases = visible_cases(request.user).filter(known).distinct()
    references = [case.reference for case in cases[:MOST_FOUND]]
    if len(references) == 1:
        return redirect("desk:case", references[0])
    if not references:
        messages.warning(request, _("No case is known by that. Only whole, exact values are found."))
        return redirect("desk:queue")
    request.session[FOUND] = references
    return redirect(f"{reverse('desk:queue')}?view={FOUND}")

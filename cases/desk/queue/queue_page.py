"""The queue: every open case of the member's operators, the most urgent first."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from cases.casework.members.named import seen_by
from cases.casework.permissions import Permission
from cases.conversation.reading import UNREAD
from cases.desk.filters import CaseFilter, members_of, views_for
from cases.desk.queue import listing
from cases.desk.queue.searching import found_by
from cases.desk.scope import DeskRequest, operators_at, staff
from cases.desk.wording.operator_names import names_among
from cases.identity.identifier_words import sentence
from cases.identity.identifiers import NotAnIdentifier
from cases.models import Case, Operator
from cases.models.case import Stage
from cases.models.course.days import FIRST
from cases.web.fields import Words

FOUND = "found"  # the session key of what a search found, and the name of the view that shows it
MOST_FOUND = 200
# Where the page before this one ended: no part of what was chosen.
PLACES = ("after", "before", "page")
Views = dict[str, tuple[Words, Q]]


@dataclass(frozen=True)
class RailItem:
    """`count`: None where closed cases are among them, of which there are ever more."""

    key: str
    label: str
    count: int | None
    more: bool
    query: str
    current: bool


def shown_to(request: DeskRequest, operators: Collection[Operator]) -> QuerySet[Case]:
    """The cases whoever asks may know of, with what a line of the queue tells."""
    seen = Case.objects.filter(seen_by(request.user), operator__in=[one.pk for one in operators])
    return seen.annotate(unread=UNREAD).select_related("assigned_to").defer("file_sealed", "opened_because")


def _rail(request: DeskRequest, cases: QuerySet[Case], views: Views, chosen: str) -> list[RailItem]:
    """Each view with how many it has, and with the filters that are chosen."""
    counts = listing.counts(
        cases, {key: condition for key, (_label, condition) in views.items() if condition}
    )
    kept = _without(request, "view", *PLACES)
    return [
        RailItem(
            key, str(label), counts.of.get(key), counts.more, urlencode({"view": key}) + kept, key == chosen
        )
        for key, (label, _condition) in views.items()
    ]


def _without(request: DeskRequest, *names: str) -> str:
    """The rest of the address, to be added to one; "" where nothing is left."""
    left = {name: value for name, value in request.GET.items() if value and name not in names}
    return f"&{urlencode(left)}" if left else ""


def _chosen(request: DeskRequest, views: Views) -> tuple[str, Q]:
    asked = request.GET.get("view", "")
    if asked == FOUND:
        return FOUND, Q(reference__in=request.session.get(FOUND, []))
    key = asked if asked in views else "open"
    return key, views[key][1]


def _start(request: DeskRequest) -> str | None:
    """Where somebody who sees no cases begins instead: an administrator at the members, others at the figures."""
    starts = (("desk:members", Permission.ADMINISTER), ("desk:figures", Permission.SEE_FIGURES))
    return next((page for page, permission in starts if operators_at(request, permission)), None)


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
    operators = operators_at(request, Permission.SEE_CASES)
    if not operators and (start := _start(request)):
        return redirect(start)
    today = timezone.localdate()
    views = views_for(request.user, today)
    view, condition = _chosen(request, views)
    if request.GET.get("stage") == Stage.CLOSED and view not in {"all", FOUND}:
        return _among_all(request, view)
    request.operator_names = names_among(operators)
    every, members = shown_to(request, operators), members_of([one.pk for one in operators])
    selects = CaseFilter(
        request.GET,
        every.annotate(first=FIRST).filter(condition),
        operators=[(one.pk, request.operator_names[one.pk]) for one in operators],
        members=members.every,
    )
    cases = selects.qs if selects.is_valid() else selects.queryset
    context = {
        "rail": _rail(request, every, views, view),
        "view": view,
        "form": selects.form,
        "page": listing.page_of(
            cases,
            listing.NEWEST if view in {"all", FOUND} else listing.URGENT,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        ),
        "today": today,
        "several": len(operators) > 1,
        "rest": _without(request, *PLACES),
        "workers": members.workers,
        "works_at": {one.pk for one in operators_at(request, Permission.WORK_CASES)},
    }
    return render(request, "desk/queue.html#list" if request.htmx else "desk/queue.html", context)


@require_POST
@staff
def find(request: DeskRequest) -> HttpResponseBase:
    """Look a person or a reference up. By POST, and kept in the session: what is typed is in no address and no log."""
    text = request.POST.get("q", "").strip()[:200]
    operators = operators_at(request, Permission.SEE_CASES)
    try:
        known = found_by(text, operators) if text else Q(pk=None)
    except NotAnIdentifier as problem:
        messages.error(request, sentence(problem))
        return redirect("desk:queue")
    cases = shown_to(request, operators).filter(known).order_by("-pk")
    references = list(cases.values_list("reference", flat=True)[: MOST_FOUND + 1])
    if len(references) == 1:
        return redirect("desk:case", references[0])
    if not references:
        said = _("No case is known by that. Only whole, exact values and whole words of a name are found.")
        messages.warning(request, said)
        return redirect("desk:queue")
    if len(references) > MOST_FOUND:
        messages.info(
            request,
            _("More cases are known by that. These are the newest %(count)s.") % {"count": MOST_FOUND},
        )
    request.session[FOUND] = references[:MOST_FOUND]
    return redirect(f"{reverse('desk:queue')}?view={FOUND}")

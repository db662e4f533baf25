"""Rows that were kept too long, for cleared officers: given to the person where that comes first, then erased."""

from collections.abc import Callable

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cases.desk.scope import DeskRequest, attempt, staff
from cases.execution.erasure import over_retained
from cases.models import OverRetained
from cases.web.downloads import download


def _find(request: DeskRequest, pk: int) -> OverRetained:
    """404 without clearance: nobody else learns what there is."""
    found = next((one for one in over_retained.tasks_for(request.user) if one.pk == pk), None)
    if found is None:
        raise Http404
    return found


def _act(request: DeskRequest, pk: int, act: Callable[[OverRetained], str]) -> HttpResponseBase:
    one = _find(request, pk)
    attempt(request, lambda: act(one))
    return redirect("desk:tasks")


@require_POST
@staff
def erase(request: DeskRequest, pk: int) -> HttpResponseBase:
    return _act(request, pk, lambda one: _erased(over_retained.erase(one, by=request.user)))


def _erased(rows: int) -> str:
    return ngettext("%(count)s row erased and recorded.", "%(count)s rows erased and recorded.", rows) % {
        "count": rows
    }


@require_POST
@staff
def given(request: DeskRequest, pk: int) -> HttpResponseBase:
    return _act(request, pk, lambda one: _given(request, one))


def _given(request: DeskRequest, one: OverRetained) -> str:
    over_retained.note_given(one, by=request.user)
    return _("Noted: the person has been given these rows.")


@require_POST
@staff
def rows(request: DeskRequest, pk: int) -> HttpResponseBase:
    """The rows as a file, a JSON object each; that they were taken out stands in the cleared record."""
    one, found = _find(request, pk), list[bytes]()

    def read() -> str:
        found.extend(over_retained.read_rows(one, by=request.user))
        return ""

    if not attempt(request, read):
        return redirect("desk:tasks")
    lines = (line + b"\n" for line in found)
    return download(lines, f"{one.case.reference}-{one.collection}.jsonl", "application/x-ndjson")

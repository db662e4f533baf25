"""Who asks: judging what they typed, and looking at an identifier in full."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.casework.permissions import Permission, require
from cases.collection.wanted import reached
from cases.desk.forms import IdentifierForm
from cases.desk.scope import (
    DeskRequest,
    attempt,
    case_action,
    find_case,
    permissions_of,
    recently,
    staff,
)  # fmt: skip
from cases.desk.wording import words
from cases.identity import claimed, known, looking
from cases.identity.authority import awaits_authority
from cases.models import Case, ClaimedIdentifier, Identifier
from cases.sources.configured import names_of


@case_action(Permission.WORK_CASES, section="person")
def name_person(request: DeskRequest, case: Case) -> str:
    value = request.POST.get("value", "").strip()[:254]
    claimed.name_person(case, kind=request.POST.get("kind", ""), value=value, by=request.user)
    return _("Confirmed. The sources are asked with it.")


@case_action(Permission.WORK_CASES, section="person")
def confirm(request: DeskRequest, case: Case, pk: int) -> str:
    claimed.confirm_claimed(get_object_or_404(case.claimed, pk=pk), by=request.user)
    return _("Confirmed. The sources are asked again with it.")


@case_action(Permission.WORK_CASES, section="person")
def reject(request: DeskRequest, case: Case, pk: int) -> str:
    claimed.reject_claimed(get_object_or_404(case.claimed, pk=pk), by=request.user)
    return _("Rejected. It is not used.")


@case_action(Permission.WORK_CASES, section="person")
def undo(request: DeskRequest, case: Case, pk: int) -> str:
    claimed.take_back(get_object_or_404(case.claimed, pk=pk), by=request.user)
    return _("Undone. It waits for somebody's word again.")


@require_http_methods(["GET", "POST"])
@staff
def claim(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """Whose an identifier is: what the sources know by it, asked on a click, and what confirming it reaches."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    row = get_object_or_404(case.claimed, pk=pk)
    seen: list[looking.Seen] = []
    looked = request.method == "POST" and attempt(request, lambda: _look(request, row, seen))
    context = {
        "case": case,
        "value": {"row": row, "kind": row.kind, "masked": known.masked(row)},
        "which": "claim",
        "can": {"work_cases": True},
        "looked": looked,
        "found": [(one, known.masked(row), *_names(case, one.source, one.collection)) for one in seen],
        "reached": [_names(case, *place) for place in reached(case, row.kind)],
        "is_open": not row.confirmed_at and not row.rejected_at,
        "may_undo": claimed.may_undo(row),
        "awaits_authority": awaits_authority(case),
    }
    return render(request, "desk/claim.html", context)


def _look(request: DeskRequest, row: ClaimedIdentifier, seen: list[looking.Seen]) -> str:
    seen.extend(looking.look_at(row, by=request.user))
    return ""


def _names(case: Case, source: str, collection: str) -> tuple[str, str]:
    return names_of(case.operator_id, source, collection, words.language())


@require_http_methods(["GET", "POST"])
@staff
def add(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The form for an identifier that the person has told meanwhile."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    form = IdentifierForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and attempt(request, lambda: _add(request, case, form.cleaned_data)):
        return redirect(f"{case.get_absolute_url()}#person")
    return render(
        request, "desk/identifier.html", {"case": case, "form": form}, status=422 if form.errors else 200
    )


def _add(request: DeskRequest, case: Case, typed: dict[str, Any]) -> str:
    claimed.add_by_hand(case, **typed, by=request.user)
    return _("Added. The sources are asked again with it.")


@require_POST
@recently
def reveal(request: DeskRequest, reference: str, which: str, pk: int) -> HttpResponseBase:
    """The value in full, once and recorded: in its place with htmx, else on a page of its own."""
    case = find_case(request.user, reference)
    row = _row(case, which, pk)
    context = {
        "case": case,
        "which": which,
        "shown": known.reveal(row, by=request.user),
        "value": {"row": row, "kind": row.kind},
        "can": {
            permission.name.lower(): True for permission in permissions_of(request.user, case.operator_id)
        },
    }
    return render(request, "desk/case/value.html" if request.htmx else "desk/reveal.html", context)


def _row(case: Case, which: str, pk: int) -> Identifier | ClaimedIdentifier:
    if which == "identifier":
        return get_object_or_404(Identifier, case=case, pk=pk)
    return get_object_or_404(ClaimedIdentifier, case=case, pk=pk)

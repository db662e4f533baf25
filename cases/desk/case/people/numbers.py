"""A number that two people share: who holds it, who used it when, and what of that the asker gets."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.assessment import numbers
from cases.assessment.situations import number_shared
from cases.casework.permissions import Permission, require
from cases.desk.case.people.forms import NumberUseForm
from cases.desk.scope import DeskRequest, attempt, case_action, find_case, staff
from cases.identity import known
from cases.models import Case, Identifier, NumberUse
from cases.models.case import Standing
from cases.sources.configured import NotConfigured


@dataclass(frozen=True)
class SharedNumber:
    """A number in an interval in which it was the account's, and what was found of who used it in that time."""

    identifier: Identifier
    masked: str
    uses: tuple[NumberUse, ...]


def shared_numbers(case: Case) -> dict[str, Any]:
    """What the case page shows; nothing where one person holds and uses every number."""
    uses = list(case.number_uses.select_related("by"))
    if not (uses or number_shared(case) or case.users_unknown):
        return {}
    try:
        found = numbers.numbers_of(case)
    except NotConfigured:  # a fault in the description is told elsewhere on the page
        found = []
    return {
        "shared_numbers": [_shared(one, uses) for one in found],
        "asker_holds": case.submission.standing != Standing.USER,
        "finds_users": case.stage in numbers.FOUND_AT,
    }


def _shared(one: Identifier, uses: list[NumberUse]) -> SharedNumber:
    of_it = tuple(use for use in uses if (use.kind, use.digest) == (one.kind, one.digest))
    return SharedNumber(one, known.masked(one), of_it)


@require_http_methods(["GET", "POST"])
@staff
def find_use(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """The page on which a caseworker says who used a number, from when to when, and what is given of it."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    number = get_object_or_404(case.identifiers, pk=pk)
    form = NumberUseForm(request.POST or None)
    if form.is_valid() and attempt(request, lambda: _find(request, number, form)):
        return redirect(f"{case.get_absolute_url()}#numbers")
    context = {"case": case, "form": form, "number": number, "masked": known.masked(number)}
    return render(request, "desk/number.html", context, status=422 if form.errors else 200)


def _find(request: DeskRequest, number: Identifier, form: NumberUseForm) -> str:
    numbers.find_use(number, **form.cleaned_data, by=request.user)
    return _("Written down. The rows of these days are judged by it.")


@case_action(Permission.WORK_CASES, section="numbers")
def take_back(request: DeskRequest, case: Case, pk: int) -> str:
    numbers.take_back(get_object_or_404(case.number_uses, pk=pk), by=request.user)
    return _("Taken back. The rows of these days wait for a person again.")

"""Who alone knows of a case, and whether the person's identity is protected."""

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.casework.members import named
from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, attempt, case_action, find_case, staff, written_reason
from cases.identity.people import colleagues, protection
from cases.models import Case, User


def protecting(case: Case, can: frozenset[Permission]) -> dict[str, Any]:
    """What the case page shows of it."""
    partial = {"partial": case.partial.select_related("user")}
    if not case.named_only:
        return partial
    works = Permission.WORK_CASES in can and not case.is_closed
    return partial | {
        "named": case.named.select_related("user"),
        "may_be_named": named.may_be_named(case) if works else [],
        "opens_by_eid": protection.opens_by_eid(case),
    }


@case_action(Permission.WORK_CASES, section="protection")
def for_named_only(request: DeskRequest, case: Case) -> str:
    named.for_named_only(case, by=request.user)
    return _("From now on only named staff know of this case. You are one of them.")


@case_action(Permission.WORK_CASES, section="protection")
def for_everybody(request: DeskRequest, case: Case) -> str:
    named.for_everybody(case, reason=written_reason(request), by=request.user)
    return _("Everybody who sees cases sees this one again.")


@case_action(Permission.WORK_CASES, section="protection")
def name(request: DeskRequest, case: Case) -> str:
    named.name(case, user=_member(request), by=request.user)
    return _("Named. They see the case from now on.")


@case_action(Permission.WORK_CASES, section="protection")
def unname(request: DeskRequest, case: Case) -> str:
    named.unname(case, user=_member(request), by=request.user)
    return _("For them there is no such case any more.")


@require_POST
@staff
def say_close(request: DeskRequest, reference: str) -> HttpResponseBase:
    """On to the queue: for whoever says so there is no page of the case any more."""
    case = find_case(request.user, reference)
    attempt(request, lambda: _say_close(request, case))
    return redirect("desk:queue")


def _say_close(request: DeskRequest, case: Case) -> str:
    colleagues.say_close(case, by=request.user)
    return _("Thank you. The case is closed to you, and somebody else is asked to work it.")


@case_action(Permission.WORK_CASES, section="protection")
def open_again(request: DeskRequest, case: Case) -> str:
    colleagues.open_again(case, user=_member(request), reason=written_reason(request), by=request.user)
    return _("They see the case again.")


def _member(request: DeskRequest) -> User:
    pk = request.POST.get("user", "")
    if not pk.isdecimal():
        raise Http404
    return get_object_or_404(User, pk=int(pk))


@case_action(Permission.WORK_CASES, section="protection")
def protect(request: DeskRequest, case: Case) -> str:
    protection.mark_protected(case, by=request.user)
    return _(
        "Marked as protected. Only named staff know of the case, and no page shows where the person lives."
    )


@case_action(Permission.WORK_CASES, section="protection")
def unprotect(request: DeskRequest, case: Case) -> str:
    protection.unprotect(case, reason=written_reason(request), by=request.user)
    return _("No longer marked as protected. The case still is for its named staff only.")

"""Who alone knows of a case, and whether the person's identity is protected."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from cases.casework.members import named
from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, case_action, written_reason
from cases.identity.people import protection
from cases.models import Case, User


def protecting(case: Case, can: frozenset[Permission]) -> dict[str, Any]:
    """What the case page shows of it."""
    if not case.named_only:
        return {}
    works = Permission.WORK_CASES in can and not case.is_closed
    return {
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

"""Who asks: vouching for them, judging what they typed, and looking at an identifier in full."""

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, case_action, find_case, permissions_of, staff, written_reason
from cases.identity import authority, claimed, known
from cases.identity.verification import prove_manually
from cases.models import Case, ClaimedIdentifier, Identifier
from cases.models.proof import Level


@case_action(Permission.WORK_CASES, section="person")
def prove(request: DeskRequest, case: Case) -> str:
    level = request.POST.get("level", "")
    if level not in Level.values:
        raise Http404
    prove_manually(case.submission, level=level, by=request.user)
    return _("The proof is recorded, with your name.")


@case_action(Permission.WORK_CASES, section="person")
def accept_authority(request: DeskRequest, case: Case) -> str:
    authority.accept_authority(case, checked=written_reason(request), by=request.user)
    return _("Written down, with your name. Now say who the person is: nothing is looked for before that.")


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


@require_POST
@staff
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

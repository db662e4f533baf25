"""Vouching for whoever asks: the first person, the second, and the files that were looked at."""

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal
from cases.desk.scope import DeskRequest, attempt, case_action, find_case, staff, written_reason
from cases.desk.wording import words
from cases.identity.contact import correcting
from cases.identity.vouched import vouching
from cases.models import Case, Paper, ProposedProof, Submission, User
from cases.models.proof import Evidence, Level
from cases.papers import keeping
from cases.papers.kinds import MOST_BYTES
from cases.request.once_more import vouch_again
from cases.web.uploads import Handed, sealed_as_they_come, takes_files


def vouched(case: Case, user: User) -> dict[str, Any]:
    """What the case page shows of it."""
    waits = ProposedProof.objects.filter(submission=case.submission).select_related("by").first()
    return {
        "proof_levels": [(level.value, words.ASSURED[level]) for level in Level],
        "evidence": Evidence.choices,
        "proposed_proof": waits,
        "may_confirm": waits is not None and waits.by_id != user.pk,
        "proof_papers": keeping.held(case.submission, Paper.About.PROOF),
        "former_addresses": case.submission.former_addresses.select_related("by"),
    }


@case_action(Permission.WORK_CASES, section="person")
def prove(request: DeskRequest, case: Case) -> str:
    level = request.POST.get("level", "")
    if level not in Level.values:
        raise Http404
    told = {name: request.POST.get(name, "") for name in ("evidence", "checked")}
    if case.is_closed:
        proof, again = vouch_again(case.submission, level=level, **told, by=request.user)
    else:
        proof, again = vouching.vouch(case.submission, level=level, **told, by=request.user), None
    if proof is None:
        said = _("Written down, with your name. It counts once a second person has confirmed it.")
    else:
        said = _("The proof is recorded, with your name.")
    return said if again in (None, case.submission) else f"{said} {_what_waited(again)}"


def _what_waited(again: Submission) -> str:
    references = ", ".join(again.cases.order_by("pk").values_list("reference", flat=True))
    return _("What waited is gathered in %(reference)s.") % {"reference": references}


@case_action(Permission.WORK_CASES, section="person")
def confirm(request: DeskRequest, case: Case) -> str:
    vouching.confirm(case.submission, by=request.user)
    return _("The proof is recorded, with both your names.")


@case_action(Permission.WORK_CASES, section="person")
def take_back(request: DeskRequest, case: Case) -> str:
    vouching.take_back(case.submission, by=request.user)
    return _("Taken back. Nothing is proven by it.")


@takes_files(MOST_BYTES)
@require_POST
@staff
def evidence(request: DeskRequest, reference: str) -> HttpResponseBase:
    """A file to look at, sealed until the check is done."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    return sealed_as_they_come(request, MOST_BYTES, lambda _: _taken(request, case))


def _taken(request: DeskRequest, case: Case) -> HttpResponseBase:
    attempt(request, lambda: _take(request, case))
    return redirect(f"{case.get_absolute_url()}#person")


def _take(request: DeskRequest, case: Case) -> str:
    handed = request.FILES.get("file")
    if not isinstance(handed, Handed):
        raise Refusal("paper-empty")
    if not handed.whole:
        raise Refusal("paper-size", megabytes=MOST_BYTES // 1_000_000)
    keeping.keep(case, handed.upload, about=Paper.About.PROOF, by=request.user)
    return _("Sealed. It is deleted when the proof is recorded.")


@case_action(Permission.WORK_CASES, section="person")
def correct_address(request: DeskRequest, case: Case) -> str:
    again = correcting.correct_for_person(
        case, address=request.POST.get("address", ""), reason=written_reason(request), by=request.user
    )
    return _("Corrected. Mails that go out again: %(count)s.") % {"count": again}

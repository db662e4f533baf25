"""A caseworker answers in place of a system's owner, or has the owner asked once more."""

from functools import partial
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal
from cases.collection import owner_answers, owners
from cases.desk.scope import DeskRequest, case_action, find_case, staff
from cases.desk.wording import words
from cases.models import Case, Run, User
from cases.models.case import Stage
from cases.sources.configured import names_of
from cases.web.owner_files import act, answered
from cases.web.signing_in import second_factor
from cases.web.uploads import takes_files
from connectors.contract.base import Identifier


@case_action(Permission.WORK_CASES, section="sources")
def ask_again(request: DeskRequest, case: Case, pk: int) -> str:
    owners.write_again(get_object_or_404(case.runs, pk=pk), by=request.user)
    return _("The owner gets a new mail.")


@case_action(Permission.WORK_CASES, section="sources")
def reopen(request: DeskRequest, case: Case, pk: int) -> str:
    owner_answers.reopen(get_object_or_404(case.runs, pk=pk), by=request.user)
    return _("The owner is asked once more, and can add to what was given or take it back.")


@takes_files(owner_answers.MOST_BYTES)
@require_http_methods(["GET", "POST"])
@staff
def answer(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """The owner's page for a caseworker, who sees what to look for each time it is asked for, on the record."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    run = get_object_or_404(case.runs.filter(owner_request__isnull=False), pk=pk)
    run.case = case
    if request.method != "POST":
        return render(request, "desk/handing.html", _context(run))
    try:
        return answered(request, run, partial(_act, run=run))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return render(request, "desk/handing.html", _context(run))


def _act(request: HttpRequest, run: Run) -> HttpResponseBase:
    """What a button of the form asks for. Raises Refusal."""
    by = cast(User, request.user)
    if request.POST.get("action") == "reveal":
        if elsewhere := second_factor.again(request):
            return elsewhere
        return render(request, "desk/handing.html", _context(run, owner_answers.reveal(run, by=by)))
    messages.success(request, act(request, run, by=by))
    return _onward(run)


def _onward(run: Run) -> HttpResponseBase:
    """Back to the case once there is nothing more to hand over."""
    if Run.objects.filter(pk=run.pk, status=Run.Status.ASKED).exists():
        return redirect("desk:run-answer", run.case.reference, run.pk)
    return redirect(f"{run.case.get_absolute_url()}#sources")


def _context(run: Run, sought: list[Identifier] | None = None) -> dict[str, object]:
    source, collection = names_of(run.case.operator_id, run.source, run.collection, words.language())
    return {
        "case": run.case,
        "run": run,
        "source": source,
        "collection": collection,
        "open": run.status == Run.Status.ASKED and run.case.stage == Stage.COLLECTION,
        "sought": sought,
        "used": False,
        "correctable": run.status == Run.Status.DONE
        and run.case.stage in {Stage.COLLECTION, Stage.HOLDS, Stage.DECISIONS},
        "handed": run.handed.all(),
        "most": owner_answers.MOST_BYTES // 1_000_000,
    }

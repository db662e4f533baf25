"""Buttons at a source: try again, pause, resume, go on without it, while gathering and while carrying out."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.casework.permissions import Permission, require
from cases.casework.refusal_words import MESSAGES
from cases.collection import run_commands, ways_on
from cases.collection.nowhere import nowhere
from cases.desk.forms import GoOnForm, LeaveOutForm
from cases.desk.scope import DeskRequest, attempt, case_action, find_case, staff
from cases.desk.wording import words
from cases.execution import failed_actions
from cases.models import Action, Case, Run
from cases.sources import legal_refusals
from cases.sources.configured import names_of


@case_action(Permission.WORK_CASES, section="sources")
def retry(request: DeskRequest, case: Case, pk: int) -> str:
    run_commands.retry_run(get_object_or_404(case.runs, pk=pk), by=request.user)
    return _("The source is asked again, from where it stopped.")


@case_action(Permission.WORK_CASES, section="sources")
def pause(request: DeskRequest, case: Case, pk: int) -> str:
    run_commands.pause_run(get_object_or_404(case.runs, pk=pk), by=request.user)
    return _("Paused. What was gathered stays.")


@case_action(Permission.WORK_CASES, section="sources")
def resume(request: DeskRequest, case: Case, pk: int) -> str:
    run_commands.resume_run(get_object_or_404(case.runs, pk=pk), by=request.user)
    return _("The source is asked again, from where it stopped.")


@case_action(Permission.WORK_CASES, section="carried-out")
def retry_action(request: DeskRequest, case: Case, pk: int) -> str:
    failed_actions.retry(get_object_or_404(case.actions, pk=pk), by=request.user)
    return _("The source is asked again, from where it stopped.")


@case_action(Permission.WORK_CASES, section="sources")
def ask_person(request: DeskRequest, case: Case) -> str:
    ways_on.ask_person(case, by=request.user)
    return _("The person gets a mail that asks what would find them.")


@case_action(Permission.WORK_CASES, section="sources")
def search_again(request: DeskRequest, case: Case) -> str:
    ways_on.search_again(case, by=request.user)
    return _("The sources are searched again from the beginning.")


@require_http_methods(["GET", "POST"])
@staff
def unsearched(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The page on which a caseworker answers though nobody could look everywhere, and says why."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    back = f"{case.get_absolute_url()}#sources"
    form = GoOnForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and attempt(request, lambda: _unsearched(request, case, form)):
        return redirect(back)
    context = {"case": case, "form": form, "back": back, "nowhere": nowhere(case)}
    return render(request, "desk/unsearched.html", context, status=422 if form.errors else 200)


def _unsearched(request: DeskRequest, case: Case, form: GoOnForm) -> str:
    ways_on.go_on_without(case, reason=form.cleaned_data["reason"], by=request.user)
    return _("The case goes on. The letter tells the person where nobody could look.")


def _without(request: DeskRequest, run: Run, form: LeaveOutForm) -> str:
    run_commands.go_on_without(run, reason=form.cleaned_data.get("reason", ""), by=request.user)
    return _("Left out. The letter tells the person so.")


@require_http_methods(["GET", "POST"])
@staff
def leave_out(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """The page on which a caseworker goes on without what a source may not hand over, and says why.

    A page of its own: the list of sources is renewed every other second, and would take what is being typed with it.
    """
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    run = get_object_or_404(case.runs, pk=pk)
    run.case = case
    refused = run_commands.refused(run)
    erasing = isinstance(refused, Action)
    back = f"{case.get_absolute_url()}#{'carried-out' if erasing else 'sources'}"
    if refused is None:
        messages.error(request, MESSAGES["run-not-refused"])
        return redirect(back)
    guarded = legal_refusals.is_guarded(run.case, run.category)
    form = LeaveOutForm(request.POST if request.method == "POST" else None, guarded=guarded, erasing=erasing)
    if form.is_valid() and attempt(request, lambda: _without(request, run, form)):
        return redirect(back)
    source, collection = names_of(case.operator_id, run.source, run.collection, words.language())
    context = {"case": case, "run": run, "form": form, "guarded": guarded, "back": back}
    context |= {"refused": refused, "erasing": erasing}
    context |= {"source_name": source, "collection_name": collection}
    return render(request, "desk/leave_out.html", context, status=422 if form.errors else 200)

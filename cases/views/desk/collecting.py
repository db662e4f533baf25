"""Buttons at a source: try again, pause, resume, while gathering and while carrying out."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from cases import actions, runs
from cases.models import Case
from cases.permissions import Permission
from cases.views.desk.scope import DeskRequest, case_action


@case_action(Permission.WORK_CASES, section="sources")
def retry(request: DeskRequest, case: Case, pk: int) -> str:
    runs.retry_run(get_object_or_404(case.runs, pk=pk), by=request.user)
    return _("The source is asked again, from where it stopped.")


@case_action(Permission.WORK_CASES, section="sources")
def pause(request: DeskRequest, case: Case, pk: int) -> str:
    runs.pause_run(get_object_or_404(case.runs, pk=pk), by=request.user)
    return _("Paused. What was gathered stays.")


@case_action(Permission.WORK_CASES, section="sources")
def resume(request: DeskRequest, case: Case, pk: int) -> str:
    runs.resume_run(get_object_or_404(case.runs, pk=pk), by=request.user)
    return _("The source is asked again, from where it stopped.")


@case_action(Permission.WORK_CASES, section="carried-out")
def retry_action(request: DeskRequest, case: Case, pk: int) -> str:
    actions.retry(get_object_or_404(case.actions, pk=pk), by=request.user)
    return _("The source is asked again, from where it stopped.")

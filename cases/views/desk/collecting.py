"""Buttons at a run: try again, pause, resume."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from cases import collection
from cases.models import Case
from cases.permissions import Permission
from cases.views.desk.scope import DeskRequest, case_action


@case_action(Permission.WORK_CASES, section="sources")
def retry(request: DeskRequest, case: Case, pk: int) -> str:
    collection.retry_run(get_object_or_404(case.runs, pk=pk), by=request.user)
    return _("The source is asked again, from where it stopped.")


@case_action(Permission.WORK_CASES, section="sources")
def pause(request: DeskRequest, case: Case, pk: int) -> str:
    collection.pause_run(get_object_or_404(case.runs, pk=pk), by=request.user)
    return _("Paused. What was gathered stays.")


@case_action(Permission.WORK_CASES, section="sources")
def resume(request: DeskRequest, case: Case, pk: int) -> str:
    collection.resume_run(get_object_or_404(case.runs, pk=pk), by=request.user)
    return _("The source is asked again, from where it stopped.")

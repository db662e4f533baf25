"""A backlog of requests in one file, and what became of each of its lines."""

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from cases.casework.permissions import Permission
from cases.casework.workflow import Refusal
from cases.desk.scope import DeskRequest, find_operator, staff
from cases.models import Operator
from cases.models.case import BY_HAND, Right
from cases.request import backlog as taking
from cases.web.uploads import Handed, sealed_as_they_come, takes_files


class BacklogForm(forms.Form):
    """The file."""

    use_required_attribute = False
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("In UTF-8, with commas or semicolons, the names of the columns in its first line."),
        allow_empty_file=True,
        error_messages={"required": _("Choose a CSV file.")},
    )


@takes_files(taking.MOST_BYTES)
@require_http_methods(["GET", "POST"])
@staff
def backlog(request: DeskRequest, operator: str) -> HttpResponseBase:
    """The form; sent, the report line by line."""
    found = find_operator(request.user, operator, Permission.WORK_CASES)
    if request.method == "POST":
        return sealed_as_they_come(request, taking.MOST_BYTES, lambda _: _answer(request, found))
    return _page(request, found, BacklogForm(), None)


def _answer(request: DeskRequest, operator: Operator) -> HttpResponseBase:
    form, report = BacklogForm(request.POST, request.FILES), None
    if form.is_valid():
        try:
            content = _content(form.cleaned_data["file"])
            report = list(taking.take_in(operator, content, by=request.user))
        except Refusal as refusal:
            form.add_error("file", refusal.message)
    return _page(request, operator, form, report)


def _content(handed: object) -> bytes:
    if not isinstance(handed, Handed) or not handed.whole:
        raise Refusal("backlog-size", megabytes=taking.MOST_BYTES // 1_000_000)
    return b"".join(handed.upload.blocks())


def _page(
    request: DeskRequest, operator: Operator, form: BacklogForm, report: list[taking.Line] | None
) -> HttpResponseBase:
    context = {
        "operator": operator,
        "form": form,
        "report": report,
        "counts": _counts(report or ()),
        "needed": taking.NEEDED,
        "columns": sorted(taking.COLUMNS - {*taking.NEEDED}),
        "channels": BY_HAND,
        "rights": Right.values,
        "most": taking.MOST_LINES,
    }
    return render(request, "desk/entering/backlog.html", context, status=422 if form.errors else 200)


def _counts(report: list[taking.Line] | tuple[()]) -> dict[str, int]:
    return {
        "taken": sum(not line.errors and not line.was_there for line in report),
        "there": sum(line.was_there for line in report),
        "left": sum(bool(line.errors) for line in report),
    }

"""A case that is taken back, and one that is opened again."""

from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases.casework import case_clock
from cases.casework.course import turning
from cases.casework.permissions import Permission, require
from cases.casework.refusal_words import MESSAGES
from cases.desk.final.page import DayAndReasonForm, ReasonForm, Weighed, typed, weighed
from cases.desk.scope import DeskRequest, find_case, staff
from cases.desk.wording import words
from cases.models import Case, Turn
from cases.models.case import Outcome, Right
from cases.request import supplement
from cases.web.fields import Radios


class ReopenForm(DayAndReasonForm):
    """Why a case is opened again, which tells how the clock counts."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Why is it opened again?"),
        choices=[
            (Turn.Kind.OURS, gettext_lazy("It was closed by mistake")),
            (Turn.Kind.ASKED_AGAIN, gettext_lazy("The person asks for it again")),
        ],
        widget=Radios(
            hints={
                Turn.Kind.OURS: gettext_lazy("The clock has run all along."),
                Turn.Kind.ASKED_AGAIN: gettext_lazy(
                    "The clock stood still from the day it was taken back until this day."
                ),
            }
        ),
        error_messages={"required": gettext_lazy("Choose why.")},
    )
    field_order = ("kind", "on", "reason")


def _refusal(code: str, case: Case) -> str:
    return str(MESSAGES[code]) % {"stage": case.get_stage_display()} if code else ""


@require_http_methods(["GET", "POST"])
@staff
def withdraw(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The page on which a caseworker notes that the person has taken the request back."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    said = Weighed(
        heading=_("The person has taken the request back"),
        follows=_withdrawn(case),
        submit=_("Close as taken back"),
        back=f"{case.get_absolute_url()}#main",
        stopped=_refusal(turning.keeps_from_withdrawing(case), case),
        more={"case": case},
    )
    form = DayAndReasonForm(typed(request), initial={"on": case_clock.today(case)})
    return weighed(request, said, form, lambda chosen: _withdraw(request, case, chosen))


def _withdrawn(case: Case) -> list[str]:
    told = _("The person is told by mail that the case is closed, and why.")
    if not case.submission.is_mailed:
        told = _("Nothing is mailed: you have the task to tell the person in another way.")
    follows = [
        _(
            "No answer is given, nothing is erased or changed, and what was gathered is destroyed within the hour."
        ),
        told,
    ]
    if case.right == Right.OBJECTION:
        follows.append(_("Whatever was stopped until it was decided goes on tomorrow."))
    return [
        *follows,
        _("The case can be opened again until its file is destroyed; everything is then gathered anew."),
    ]


def _withdraw(request: DeskRequest, case: Case, chosen: dict[str, Any]) -> str:
    turning.withdraw(case, by=request.user, **chosen)
    return _("The case is closed as taken back.")


@require_http_methods(["GET", "POST"])
@staff
def reopen(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The page on which a caseworker opens a case again that was closed without an answer."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    said = Weighed(
        heading=_("Open the case again"),
        follows=_reopened(case),
        submit=_("Open it and tell the person"),
        back=f"{case.get_absolute_url()}#main",
        stopped=_refusal(turning.keeps_from_reopening(case), case),
        more={"case": case},
    )
    form = ReopenForm(typed(request), initial={"on": case_clock.today(case)})
    return weighed(request, said, form, lambda chosen: _reopen(request, case, chosen))


def _reopened(case: Case) -> list[str]:
    if not case.is_closed:
        return []
    day = words.day(turning.closed_on(case))
    proven = case.submission.proofs.exists()
    goes_on = (
        _("The person's data are looked for and gathered anew; decisions are taken anew.")
        if proven
        else _("It waits for proof of who asks, as it did before.")
    )
    clock = (
        _("Closed on %(day)s as not identified: the clock counts as it did, and waits if it waited then.")
        if case.outcome == Outcome.UNIDENTIFIED
        else _("Taken back on %(day)s. Whether the clock stood still since is for you to say.")
    )
    return [goes_on, clock % {"day": day}, _("The person is told by mail.")]


def _reopen(request: DeskRequest, case: Case, chosen: dict[str, Any]) -> str:
    turning.reopen(case, by=request.user, **chosen)
    case.refresh_from_db()
    return _("Open again, due %(day)s.") % {"day": words.day(case.due_on)}


@require_http_methods(["GET", "POST"])
@staff
def add_to(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The page on which a caseworker has looked for what an answer lacked."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    refusal = supplement.keeps_from_supplementing(case)
    said = Weighed(
        heading=_("Add to the answer"),
        follows=[
            _(
                "Everything is gathered again in a case of its own, decided, approved and delivered like any other."
            ),
            _("The clock is that of this request: what is added now was due with the answer."),
            _("The person is told that something is added. They prove nothing anew."),
        ],
        submit=_("Look for it and tell the person"),
        back=f"{case.get_absolute_url()}#answer",
        stopped=refusal.message if refusal else "",
        more={"case": case},
    )
    form = ReasonForm(typed(request))
    form.fields["reason"].label = _("What did the answer lack, and how do you know?")
    return weighed(request, said, form, lambda chosen: _add_to(request, case, chosen["reason"]))


def _add_to(request: DeskRequest, case: Case, reason: str) -> str:
    again = supplement.start(case, reason=reason, by=request.user)
    return _("What is added comes in case %(reference)s.") % {"reference": again.reference}

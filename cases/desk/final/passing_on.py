"""The page on which a caseworker writes down whether the person wants the customer to have the request."""

from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.casework import case_clock
from cases.casework.permissions import Permission, require
from cases.desk.final.page import DayAndReasonForm, Weighed, typed, weighed
from cases.desk.scope import DeskRequest, find_case, staff
from cases.execution.recipients import forwarding
from cases.models import Case


class SayForm(DayAndReasonForm):
    """With what was to be noted when the page was opened: another tab may have noted it since."""

    wanted = forms.ChoiceField(choices=[("yes", ""), ("no", "")], widget=forms.HiddenInput)


@require_http_methods(["GET", "POST"])
@staff
def pass_on(request: DeskRequest, reference: str) -> HttpResponseBase:
    """Yes, the customer is to have it; or, where that was said, no after all."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    refusal, asked = forwarding.keeps_from_saying(case), forwarding.is_asked_for(case)
    said = Weighed(
        heading=_("Not passed on after all") if asked else _("The person wants it passed on to the customer"),
        follows=_keeps() if asked else _passes(),
        submit=_("Keep it here") if asked else _("Pass it on"),
        back=f"{case.get_absolute_url()}#clock",
        stopped=refusal.message if refusal else "",
        more={"case": case},
    )
    first = {"on": case_clock.today(case), "wanted": "no" if asked else "yes"}
    form = SayForm(typed(request), initial=first)
    return weighed(request, said, form, lambda chosen: _say(request, case, **chosen))


def _passes() -> list[str]:
    return [
        _("The operator runs some services for the customer, who answers for the data in them."),
        _("A member of staff gets the task to pass the request on, and the letter says so."),
        _("The customer learns that the person has asked. Without the person's word nobody there is told."),
    ]


def _keeps() -> list[str]:
    return [_("The customer is not told. The letter says whom the person can turn to.")]


def _say(request: DeskRequest, case: Case, *, wanted: str, **chosen: Any) -> str:
    forwarding.say(case, wanted=wanted == "yes", by=request.user, **chosen)
    return _("Noted: it is passed on.") if wanted == "yes" else _("Noted: it is not passed on.")

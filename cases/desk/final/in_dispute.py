"""A complaint or a court case about a case: noted, answered, ended."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases.casework import case_clock
from cases.casework.course import disputes
from cases.casework.permissions import Permission, require
from cases.desk.final.page import DAY, Weighed, typed, weighed
from cases.desk.scope import DeskRequest, find_case, staff
from cases.models import Case, Dispute
from cases.web.fields import Radios, TextField

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


def _day(
    label: "StrPromise", *, required: bool = True, help_text: "StrPromise | str" = ""
) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        error_messages={
            "invalid": gettext_lazy("This is no day. Write it like 2026-03-31."),
            "required": gettext_lazy("Write the day."),
        },
    )


class NoteForm(forms.Form):
    """What has come, and by when it asks for an answer."""

    use_required_attribute = False
    kind = forms.ChoiceField(
        label=gettext_lazy("What has come?"),
        choices=Dispute.Kind.choices,
        widget=Radios,
        error_messages={"required": gettext_lazy("Choose what has come.")},
    )
    number = TextField(
        label=gettext_lazy("Their number of it"),
        max_length=disputes.LONGEST_NUMBER,
        missing=gettext_lazy("Write the number under which the authority or court has it."),
        attrs={"class": "short", "autocomplete": "off"},
    )
    came_on = _day(gettext_lazy("On which day did we hear of it?"))
    answer_by = _day(
        gettext_lazy("By which day do they want our statement?"),
        required=False,
        help_text=gettext_lazy("A task reminds of it. Leave it empty where no statement is asked for."),
    )
    about = TextField(
        label=gettext_lazy("What is it about?"),
        max_length=4000,
        missing=gettext_lazy("Write down what it is about; it stays with the case."),
        widget=forms.Textarea,
        attrs={"rows": 4},
    )


class StatedForm(forms.Form):
    """The day on which our statement went."""

    use_required_attribute = False
    on = _day(gettext_lazy("On which day did our statement go?"))


class EndForm(forms.Form):
    """How it ended."""

    use_required_attribute = False
    ended_as = forms.ChoiceField(
        label=gettext_lazy("How did it end?"),
        choices=Dispute.Ended.choices,
        widget=Radios,
        error_messages={"required": gettext_lazy("Choose how it ended.")},
    )
    on = _day(gettext_lazy("On which day?"))


def _case(request: DeskRequest, reference: str) -> Case:
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    return case


@require_http_methods(["GET", "POST"])
@staff
def note(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The page on which a complaint or a court case is noted."""
    case = _case(request, reference)
    said = Weighed(
        heading=_("A complaint, or a case in court"),
        follows=[
            _(
                "The file of the case and the papers shown for it are kept until it has ended, also past their day. "
                "The package still goes on its own day."
            ),
            _("The clock of the case runs on, and nothing in the case is changed by it."),
        ],
        submit=_("Note it"),
        back=f"{case.get_absolute_url()}#disputes",
        more={"case": case},
    )

    def act(chosen: dict[str, Any]) -> str:
        disputes.note(case, **chosen, by=request.user)
        return _("Noted.")

    return weighed(request, said, NoteForm(typed(request), initial={"came_on": case_clock.today(case)}), act)


@require_http_methods(["GET", "POST"])
@staff
def stated(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """The page on which our statement is noted as sent."""
    case = _case(request, reference)
    dispute = get_object_or_404(Dispute, pk=pk, case=case)
    form = StatedForm(typed(request), initial={"on": case_clock.today(case)})
    return weighed(request, _stated(case, dispute), form, lambda chosen: _state(request, dispute, chosen))


@require_http_methods(["GET", "POST"])
@staff
def ended(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """The page on which its end is noted."""
    case = _case(request, reference)
    dispute = get_object_or_404(Dispute, pk=pk, case=case)
    form = EndForm(typed(request), initial={"on": case_clock.today(case)})
    return weighed(request, _ended(case, dispute), form, lambda chosen: _end(request, dispute, chosen))


def _stated(case: Case, dispute: Dispute) -> Weighed:
    return Weighed(
        heading=_("Our statement has gone"),
        follows=[_("The task to send it is done, with your name. This can't be taken back.")],
        submit=_("Note it"),
        back=f"{case.get_absolute_url()}#disputes",
        stopped=""
        if dispute.answered_on is None and dispute.ended_on is None
        else _("This is noted already."),
        more={"case": case, "named": _named(dispute)},
    )


def _ended(case: Case, dispute: Dispute) -> Weighed:
    return Weighed(
        heading=_("It has ended"),
        follows=[
            _(
                "The file of the case goes its way again: what was only kept for this is destroyed in its time."
            )
        ],
        submit=_("Note the end"),
        back=f"{case.get_absolute_url()}#disputes",
        stopped="" if dispute.ended_on is None else _("This is noted already."),
        more={"case": case, "named": _named(dispute)},
    )


def _named(dispute: Dispute) -> str:
    return f"{dispute.get_kind_display()}, {dispute.number}"


def _state(request: DeskRequest, dispute: Dispute, chosen: dict[str, Any]) -> str:
    disputes.state(dispute, on=chosen["on"], by=request.user)
    return _("Noted: our statement has gone.")


def _end(request: DeskRequest, dispute: Dispute, chosen: dict[str, Any]) -> str:
    disputes.end(dispute, **chosen, by=request.user)
    return _("Noted: it has ended.")

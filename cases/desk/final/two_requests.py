"""Two requests of one person for the same thing: one answer, side by side, or nothing to do with each other."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases.casework.course import alike
from cases.casework.permissions import Permission, require
from cases.casework.refusal_words import MESSAGES
from cases.desk.final.page import Weighed, typed, weighed
from cases.desk.scope import DeskRequest, find_case, staff, visible_cases
from cases.desk.wording import words
from cases.models import Case, Likeness

DONE = {
    Likeness.Kind.JOINED: gettext_lazy("Joined. The person is told that one answer comes."),
    Likeness.Kind.LINKED: gettext_lazy("Linked: each is answered for itself, and each shows the other."),
    Likeness.Kind.APART: gettext_lazy("Noted: these two have nothing to do with each other."),
}


class TwoForm(forms.Form):
    """What the two are."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What are they?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what they are.")},
    )

    def __init__(self, *args: Any, joinable: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            *(
                [(Likeness.Kind.JOINED, _("The same request twice: answer them together"))]
                if joinable
                else []
            ),
            (Likeness.Kind.LINKED, _("Two requests of one person: answer each")),
            (Likeness.Kind.APART, _("Not the same person")),
        ]
        self.fields["kind"].widget.choices = choices
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@staff
def two(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """The page on which a caseworker says what two alike requests are."""
    case, beside = find_case(request.user, reference), get_object_or_404(visible_cases(request.user), pk=pk)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    pair = next((one for one in alike.alike(case, request.user) if one.other.pk == beside.pk), None)
    if pair is None:
        raise Http404
    code = alike.keeps_apart(pair)
    said = Weighed(
        heading=_("Two requests for the same thing"),
        follows=_follows(pair, code),
        submit=_("Note it"),
        back=f"{case.get_absolute_url()}#next",
        more={"case": case, "named": _day_of(pair.other)},
    )
    form = TwoForm(typed(request), joinable=not code)
    to = f"{pair.earlier.get_absolute_url()}#next"
    return weighed(request, said, form, lambda chosen: _settle(request, case, beside, chosen["kind"]), to=to)


def _day_of(case: Case) -> str:
    told = {"reference": case.reference, "day": words.day(case.received_on)}
    return _("The other: %(reference)s, received on %(day)s") % told


def _follows(pair: alike.Pair, code: str) -> list[str]:
    if code:
        return [str(MESSAGES[code]), _("Linked, each shows the other.")]
    told = {
        "later": pair.later.reference,
        "earlier": pair.earlier.reference,
        "day": words.day(pair.earlier.due_on),
    }
    return [
        _("Joined, %(later)s is closed, and %(earlier)s is answered by its own day, %(day)s.") % told,
        _("The person is told by mail which answer to wait for. Joining can't be undone."),
    ]


def _settle(request: DeskRequest, case: Case, other: Case, kind: str) -> str:
    alike.settle(case, other, kind=kind, by=request.user)
    return str(DONE[Likeness.Kind(kind)])

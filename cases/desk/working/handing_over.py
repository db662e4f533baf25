"""The page on which cases are handed over, and where it stands who is away."""

from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from cases.casework.course import handing_over
from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, attempt, choose_operator, find_operator, staff
from cases.models import Absence, Operator, User
from cases.models.case import Case

NO_DAY = {
    "invalid": gettext_lazy("This is no day. Write it like 2026-03-31."),
    "required": gettext_lazy("Write the day."),
}


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, error_messages=NO_DAY)


class AwayForm(forms.Form):
    """Who is away, from when to when, and who stands in."""

    user = forms.ModelChoiceField(
        queryset=User.objects.none(), label=gettext_lazy("Who is away?"), empty_label=""
    )
    deputy = forms.ModelChoiceField(
        queryset=User.objects.none(), label=gettext_lazy("Who stands in?"), empty_label=""
    )
    first = _day(gettext_lazy("First day"))
    last = _day(gettext_lazy("Last day"))

    def __init__(self, *args: Any, operator: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("user", "deputy"):
            self.fields[name].queryset = handing_over.caseworkers(operator)  # type: ignore[attr-defined]


@staff
def choose(request: DeskRequest) -> HttpResponseBase:
    """To the only operator at which this member works cases, or the choice among several."""
    heading = _("Who works what")
    return choose_operator(request, Permission.WORK_CASES, page="desk:handing-over", heading=heading)


@staff
def page(request: DeskRequest, operator: str) -> HttpResponseBase:
    """Whose cases there are; those of one of them, to be ticked; and who is away."""
    found = find_operator(request.user, operator, Permission.WORK_CASES)
    return _shown(request, found, AwayForm(operator=found))


def _shown(request: DeskRequest, operator: Operator, form: AwayForm) -> HttpResponseBase:
    cases = handing_over.open_cases(operator, request.user)
    holders = handing_over.holders(operator, request.user)
    of = next((one for one in holders if str(one.pk) == request.GET.get("of")), None)
    today = timezone.localdate()
    context = {
        "operator": operator,
        "holders": [(one, _count(cases, one), _works(operator, one)) for one in holders],
        "of": of,
        "theirs": cases.filter(assigned_to=of) if of else [],
        "others": [one for one in handing_over.caseworkers(operator) if one != of],
        "absences": Absence.objects.filter(operator=operator, last__gte=today).select_related(
            "user", "deputy"
        ),
        "form": form,
        "today": today,
    }
    return render(request, "desk/handing_over.html", context, status=422 if form.errors else 200)


def _count(cases: Any, user: User) -> int:
    return int(cases.filter(assigned_to=user).count())


def _works(operator: Operator, user: User) -> bool:
    return handing_over.caseworkers(operator).filter(pk=user.pk).exists()


@require_POST
@staff
def hand_over(request: DeskRequest, operator: str, pk: int) -> HttpResponseBase:
    """The ticked cases of this member to another."""
    found = find_operator(request.user, operator, Permission.WORK_CASES)
    of = get_object_or_404(User, pk=pk)
    attempt(request, lambda: _hand_over(request, found, of))
    return redirect("desk:handing-over", found.pk)


def _hand_over(request: DeskRequest, operator: Operator, of: User) -> str:
    typed = request.POST.get("to", "")
    to = get_object_or_404(handing_over.caseworkers(operator), pk=typed if typed.isdecimal() else 0)
    chosen = request.POST.getlist("case")
    done = handing_over.hand_over(operator, chosen, of=of, to=to, by=request.user)
    said = ngettext(
        "%(count)s case is handed over to %(name)s.",
        "%(count)s cases are handed over to %(name)s.",
        done.moved,
    ) % {"count": done.moved, "name": to.get_username()}
    if done.left:
        told = {"name": to.get_username(), "references": ", ".join(done.left)}
        said += (
            " " + _("Only named staff know of these; name %(name)s for them first: %(references)s.") % told
        )
    return said


@require_POST
@staff
def note_away(request: DeskRequest, operator: str) -> HttpResponseBase:
    """Somebody is away; another stands in."""
    found = find_operator(request.user, operator, Permission.WORK_CASES)
    form = AwayForm(request.POST, operator=found)
    if not form.is_valid():
        return _shown(request, found, form)
    attempt(request, lambda: _note_away(request, found, form.cleaned_data))
    return redirect("desk:handing-over", found.pk)


def _note_away(request: DeskRequest, operator: Operator, typed: dict[str, Any]) -> str:
    handing_over.stand_in(operator, **typed, by=request.user)
    return _("Noted. In these days their cases are among those of whoever stands in.")


@require_POST
@staff
def back(request: DeskRequest, operator: str, pk: int) -> HttpResponseBase:
    """They are back."""
    found = find_operator(request.user, operator, Permission.WORK_CASES)
    absence = get_object_or_404(Absence, pk=pk, operator=found)
    attempt(request, lambda: _back(request, absence))
    return redirect("desk:handing-over", found.pk)


def _back(request: DeskRequest, absence: Absence) -> str:
    handing_over.end_absence(absence, by=request.user)
    return _("Noted: they are back.")


def standing_in(case: Case) -> dict[str, Any]:
    """What the case page shows of who works it."""
    return {
        "away": handing_over.away(case, timezone.localdate()),
        "handing_over": f"{reverse('desk:handing-over', args=[case.operator_id])}?of={case.assigned_to_id or ''}",
    }

"""Pages of the desk for a package that reached the wrong person: take it back, and write down what was done."""

from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases.casework.permissions import Permission, require
from cases.desk.scope import DeskRequest, attempt, find_case, staff
from cases.models import Case
from cases.web.fields import TextField
from exports import recall
from exports.models import Answer, Breach

MOMENT = {"type": "datetime-local"}
WRITE = gettext_lazy("Write it down; it goes into the record of the breach.")


def _moment(label: Any, **more: Any) -> forms.DateTimeField:
    missing = {
        "required": gettext_lazy("Write the day and the time."),
        "invalid": gettext_lazy("Write a day and a time."),
    }
    return forms.DateTimeField(
        label=label,
        widget=forms.DateTimeInput(attrs=MOMENT, format="%Y-%m-%dT%H:%M"),
        error_messages=missing,
        **more,
    )


def _words(label: Any, **more: Any) -> TextField:
    return TextField(
        max_length=4000, label=label, missing=WRITE, widget=forms.Textarea, attrs={"rows": 3}, **more
    )


class RecallForm(forms.Form):
    """When it was known, what happened, how bad it is."""

    aware_at = _moment(
        gettext_lazy("When did you learn of it?"),
        help_text=gettext_lazy("The 72 hours of the authority run from here."),
    )
    happened = _words(
        gettext_lazy("What happened?"),
        help_text=gettext_lazy(
            "Who got it, how it came about, and what they can see. No more of anybody than is needed."
        ),
    )
    risk = forms.ChoiceField(
        label=gettext_lazy("What does it mean for the person?"),
        choices=Breach.Risk.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one; it can be judged anew.")},
    )


class SettleForm(forms.Form):
    """Who was told and when, or why not, and what was done."""

    authority_told_at = _moment(gettext_lazy("When was the authority told?"), required=False)
    authority_reason = _words(
        gettext_lazy("If not, or not within 72 hours: why?"),
        required=False,
        help_text=gettext_lazy("Only a breach that is unlikely to be a risk need not be told (Article 33)."),
    )
    person_told_at = _moment(gettext_lazy("When was the person told whose data it is?"), required=False)
    person_reason = _words(
        gettext_lazy("If not: why?"),
        required=False,
        help_text=gettext_lazy("The person has to be told where the risk is high (Article 34)."),
    )
    measures = _words(gettext_lazy("What was done, and what keeps it from happening again?"))

    def told(self, who: str) -> recall.Told:
        return recall.Told(at=self.cleaned_data[f"{who}_told_at"], reason=self.cleaned_data[f"{who}_reason"])


def _to_work(request: DeskRequest, reference: str) -> Case:
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    return case


@require_http_methods(["GET", "POST"])
@staff
def take_back(request: DeskRequest, reference: str, version: int) -> HttpResponseBase:
    """What follows, who has fetched it, and the form; afterwards the record of the breach."""
    case = _to_work(request, reference)
    answer = get_object_or_404(Answer.objects.exclude(delivered_at=None), case=case, version=version)
    form = RecallForm(request.POST or None, initial={"aware_at": timezone.localtime()})
    if form.is_valid() and attempt(request, lambda: _recall(request, answer, form.cleaned_data)):
        return redirect("exports:breach", case.reference)
    context = {"case": case, "form": form, "fetched": answer.downloads.select_related("by")}
    return render(request, "desk/recall.html", context, status=422 if form.errors else 200)


def _recall(request: DeskRequest, answer: Answer, typed: dict[str, Any]) -> str:
    recall.recall(answer, **typed, by=request.user)
    return _("Taken back: the link is shut and the package can't be opened any more.")


@require_http_methods(["GET", "POST"])
@staff
def breach(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The record of the newest breach of a case, and the form to finish it."""
    case = _to_work(request, reference)
    found = Breach.objects.filter(answer__case=case).select_related("answer", "recorded_by", "settled_by")
    one = get_object_or_404(found.order_by("-pk")[:1])
    form = SettleForm(request.POST or None)
    if form.is_valid() and attempt(request, lambda: _settle(request, one, form)):
        return redirect("exports:breach", case.reference)
    context = {
        "case": case,
        "breach": one,
        "form": form,
        "fetched": one.answer.downloads.select_related("by"),
    }
    return render(request, "desk/breach.html", context, status=422 if form.errors else 200)


def _settle(request: DeskRequest, one: Breach, form: SettleForm) -> str:
    who = {name: form.told(name) for name in ("authority", "person")}
    recall.settle(one, **who, measures=form.cleaned_data["measures"], by=request.user)
    return _("Written down. The record of the breach is complete.")

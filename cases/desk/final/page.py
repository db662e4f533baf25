"""The one shape of such a page: what follows as sentences, a form, and a way back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from cases.desk.scope import DeskRequest, attempt
from cases.web.fields import TextField, Words

DAY = {"type": "date"}


class ReasonForm(forms.Form):
    """What shows that it is so."""

    reason = TextField(
        max_length=4000,
        label=_("What shows it?"),
        missing=_("Write down what shows it; it stays with the case."),
        widget=forms.Textarea,
        attrs={"rows": 4},
    )


class DayAndReasonForm(ReasonForm):
    """The same, and the day it happened."""

    on = forms.DateField(
        label=_("On which day?"),
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        error_messages={
            "invalid": _("This is no day. Write it like 2026-03-31."),
            "required": _("Write the day."),
        },
    )
    field_order: tuple[str, ...] = ("on", "reason")


@dataclass(frozen=True)
class Weighed:
    """What a page says before it is done. ``stopped``: why it can't be done now; there is no form then."""

    heading: Words
    follows: Iterable[Words]
    submit: Words
    back: str
    stopped: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def weighed(
    request: DeskRequest,
    said: Weighed,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    *,
    to: str = "",
) -> HttpResponseBase:
    """The page, or once it is done the way on: ``to``, else back."""
    if not said.stopped and form.is_valid() and attempt(request, lambda: act(form.cleaned_data)):
        return redirect(to or said.back)
    context = {"said": said, "form": form, **said.more}
    return render(request, "desk/final.html", context, status=422 if form.errors else 200)


def typed(request: DeskRequest) -> Any:
    """What was sent with the form; None before."""
    return request.POST if request.method == "POST" else None

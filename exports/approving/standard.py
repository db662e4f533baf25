"""An operator's standard words for letters: listed, changed as a new version, looked at in a letter before that."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from cases.casework.operators import register_of
from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, attempt, choose_operator, find_operator, staff
from cases.models import Operator
from cases.web.fields import TextField
from cases.web.pdfs import pdf_response
from exports import pdf, worded
from exports.letter.content import CaseFacts, SearchedFacts, answer
from exports.models import StandardWords
from exports.models.approving import Place


class StandardForm(forms.Form):
    """Words under a name; the same name and language again are its next version."""

    name = TextField(max_length=80, label=gettext_lazy("Name"), missing=gettext_lazy("Write a name."))
    language = forms.ChoiceField(label=gettext_lazy("Language of the letter"), choices=settings.LANGUAGES)
    place = forms.ChoiceField(label=gettext_lazy("Where in the letter"), choices=Place.choices)
    text = TextField(
        max_length=worded.LONGEST,
        label=gettext_lazy("Words"),
        missing=gettext_lazy("Write the words."),
        widget=forms.Textarea,
        attrs={"rows": 7},
    )


@staff
def every(request: DeskRequest) -> HttpResponseBase:
    """The operators whose words this member may write; with a single one its words at once."""
    return choose_operator(
        request,
        Permission.WRITE_STANDARD_WORDS,
        page="exports:standard-words",
        heading=_("Standard words"),
    )


@require_http_methods(["GET", "POST"])
@staff
def standard(request: DeskRequest, operator: str) -> HttpResponseBase:
    """The words in force and the form; `change` fills it with words in force, `look` gives a letter that has them."""
    found = find_operator(request.user, operator, Permission.WRITE_STANDARD_WORDS)
    in_force = found.standard_words.filter(ended_at=None).select_related("by")
    form = StandardForm(request.POST or None, initial=_begun(request, found))
    if form.is_valid():
        if "look" in request.POST:
            return _looked_at(request, found, form.cleaned_data)
        if attempt(request, lambda: _set(request, found, form.cleaned_data)):
            return redirect("exports:standard-words", found.pk)
    context = {"operator": found, "in_force": in_force, "form": form}
    return render(request, "desk/answer/standard.html", context, status=422 if form.errors else 200)


def _begun(request: DeskRequest, operator: Operator) -> dict[str, str]:
    asked = request.GET.get("change", "")
    one = operator.standard_words.filter(pk=asked, ended_at=None).first() if asked.isdigit() else None
    languages = register_of(operator).languages
    if one is None:
        return {"language": languages[0]}
    return {"name": one.name, "language": one.language, "place": one.place, "text": one.text}


def _set(request: DeskRequest, operator: Operator, typed: dict[str, Any]) -> str:
    worded.set_standard(operator, **typed, by=request.user)
    return _("In force. Whoever works a case can take them over into its letter.")


def _looked_at(request: DeskRequest, operator: Operator, typed: dict[str, Any]) -> HttpResponseBase:
    """A letter to nobody with these words at their place, as a PDF."""
    try:
        letter = pdf.pdf(answer(_nobody(operator, typed)))
    except pdf.PangoMissing as problem:
        messages.error(request, str(problem))
        return redirect("exports:standard-words", operator.pk)
    return pdf_response(letter.content, "standard-words.pdf")


def _nobody(operator: Operator, typed: dict[str, Any]) -> CaseFacts:
    today = timezone.localdate()
    return CaseFacts(
        reference="00-000-00",
        register=register_of(operator),
        right="access",
        language=typed["language"],
        person_name="N. N.",
        received_on=today - timedelta(days=7),
        answered_on=today,
        due_on=today + timedelta(days=23),
        outcome="nothing-held",
        identifiers_searched=(SearchedFacts(kind="email", value="n•••@example.test"),),
        package_days=14,
        own_words={typed["place"]: typed["text"]},
    )


@require_POST
@staff
def end(request: DeskRequest, operator: str, pk: int) -> HttpResponseBase:
    found = find_operator(request.user, operator, Permission.WRITE_STANDARD_WORDS)
    one = get_object_or_404(StandardWords, pk=pk, operator=found)
    attempt(request, lambda: _ended(request, one))
    return redirect("exports:standard-words", found.pk)


def _ended(request: DeskRequest, one: StandardWords) -> str:
    worded.end_standard(one, by=request.user)
    return _("No longer offered. Letters that have these words keep them.")

"""The caseworker's own words for the letter of a case, beginning from the operator's standard words where they like."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.casework.permissions import Permission, require
from cases.desk.scope import DeskRequest, attempt, find_case, staff
from cases.models import Case
from cases.models.case import Stage
from cases.sealed.vault import KeyDestroyed
from cases.web.fields import TextField
from exports import worded
from exports.answer import building
from exports.models.approving import Place


class WordsForm(forms.Form):
    """A text for each place of the letter; a place left empty says nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place in Place:
            self.fields[place.value] = TextField(
                max_length=worded.LONGEST,
                required=False,
                label=place.label,
                widget=forms.Textarea,
                attrs={"rows": 5},
            )


@require_http_methods(["GET", "POST"])
@staff
def own_words(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The form; `use` takes standard words over into it, before anything is kept."""
    case = find_case(request.user, reference)
    require(request.user, case.operator, Permission.WORK_CASES)
    try:
        kept = worded.read(case, case.own_words.first())
    except KeyDestroyed:
        kept = {}
    ready = worded.standard(case.operator_id, case.language)
    form = WordsForm(_with_standard(request, ready) if request.method == "POST" else None, initial=kept)
    saves = request.method == "POST" and "use" not in request.POST and form.is_valid()
    if saves and attempt(request, lambda: _keep(request, case, form)):
        return redirect(f"{case.get_absolute_url()}#answer")
    context = {
        "case": case,
        "form": form,
        "standard": ready,
        "version": case.own_words.first(),
        "writable": case.stage in (Stage.DECISIONS, Stage.ANSWER),
        "written": building.is_to_read(case),
    }
    return render(request, "desk/answer/words.html", context, status=422 if form.errors else 200)


def _with_standard(request: DeskRequest, ready: list[Any]) -> dict[str, str]:
    """What was typed, with the standard words that were chosen at the end of their place."""
    typed = {place: request.POST.get(place, "") for place in Place.values}
    chosen = next((one for one in ready if str(one.pk) == request.POST.get("use")), None)
    if chosen is not None:
        typed[chosen.place] = "\n\n".join(filter(None, (typed[chosen.place].strip(), chosen.text)))
        messages.info(request, _("Taken over. Nothing is kept yet: read it, then save."))
    return typed


def _keep(request: DeskRequest, case: Case, form: WordsForm) -> str:
    """An answer that waits to be read is written anew with them at once."""
    if worded.write(case, form.cleaned_data, by=request.user) is None:
        return _("Nothing has changed.")
    case.refresh_from_db()
    if not building.is_to_read(case):
        return _("Kept. They stand in the answer that is prepared next.")
    building.prepare(case, by=request.user)
    return _("Kept. The answer is written anew with them.")

"""What the person is about to send, in the words of the form."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.forms import ChoiceField, Field
from django.utils.translation import gettext_lazy as _

from cases.models.case import Standing
from cases.public.draft import Draft
from cases.public.forms import AskerForm, Asking, FindingForm, PersonForm, StepForm
from cases.public.rights import RIGHTS
from cases.web.fields import Words


@dataclass(frozen=True)
class Answered:
    """One row of the last page: which step it belongs to, its heading, and the lines under it."""

    step: str
    title: Words
    lines: list[Words]
    typed: str = ""


def summary_of(draft: Draft, asking: Asking) -> list[Answered]:
    answers = draft.answers
    rights = [RIGHTS[right][0] for right in RIGHTS if right in answers["rights"]]
    uses = [asking.register.purpose(code).name.get(asking.language) for code in answers.get("purposes", ())]
    rows = [
        Answered("rights", _("You want us to"), rights),
        Answered("you", _("You are"), [Standing(answers["standing"]).label]),
        *_who(draft, asking),
    ]
    if uses:
        rows.append(Answered("more", _("The use that should stop"), [*uses]))
    return [
        *rows,
        Answered(
            "more", _("You add"), [] if answers.get("note") else [_("Nothing")], answers.get("note", "")
        ),
    ]


def _who(draft: Draft, asking: Asking) -> Iterator[Answered]:
    """Whose data it is, and apart from that who asks."""
    if draft.for_another:
        yield Answered("person", _("The person you ask for"), _typed(PersonForm(asking=asking), asking))
        yield Answered("asker", _("You"), _typed(AskerForm(asking=asking), asking))
    else:
        yield Answered("find", _("We find you by"), _typed(FindingForm(asking=asking), asking))


def _typed(form: StepForm, asking: Asking) -> list[Words]:
    return [
        f"{field.label}: {_shown(field, value)}"
        for name, field in form.fields.items()
        if (value := asking.answers.get(name))
    ]


def _shown(field: Field, value: str) -> Words:
    if not isinstance(field, ChoiceField):
        return value
    label: Words = dict(field.widget.choices)[value]
    return label

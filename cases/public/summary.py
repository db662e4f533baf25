"""What the person is about to send, in the words of the form."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.forms import ChoiceField, Field
from django.utils.translation import gettext_lazy as _

from cases.models.case import Standing
from cases.public.draft import Draft
from cases.public.for_another import AskerForm, PersonForm
from cases.public.forms import Asking, FindingForm, StepForm
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
    given = ((field, asking.answers.get(name)) for name, field in form.fields.items())
    return [_said(field, value) for field, value in given if value]


def _said(field: Field, value: str) -> Words:
    """A choice says by itself what it is about; what was typed stands behind its label."""
    if isinstance(field, ChoiceField):
        label: Words = dict(field.widget.choices)[value]
        return label
    return f"{field.label}: {value}"

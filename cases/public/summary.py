"""What the person is about to send, in the words of the form."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cases.models.case import Standing
from cases.public.draft import Draft
from cases.public.forms import Asking, FindingForm
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
        Answered("find", _("We find you by"), _found_by(asking)),
    ]
    if uses:
        rows.append(Answered("more", _("The use that should stop"), [*uses]))
    return [
        *rows,
        Answered(
            "more", _("You add"), [] if answers.get("note") else [_("Nothing")], answers.get("note", "")
        ),
    ]


def _found_by(asking: Asking) -> list[Words]:
    form = FindingForm(asking=asking)
    return [
        f"{field.label}: {value}"
        for name, field in form.fields.items()
        if (value := asking.answers.get(name))
    ]

"""What the person is about to send, in the words of the form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.forms import ChoiceField, Field
from django.utils.translation import gettext_lazy as _

from cases.identity.identifiers import NATIONAL_ID, NotAnIdentifier, normalise
from cases.law.people.age import OF_AGE, ages
from cases.law.people.deceased import reach
from cases.models.case import Right, Standing
from cases.public.drafts.draft import ALL, Draft
from cases.public.for_another import AskerForm, PersonForm
from cases.public.forms import Asking, FindingForm, StepForm
from cases.public.more import WHICH
from cases.public.rights import RIGHTS, wanted
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
    for_other = answers["standing"] == Standing.PROXY
    rights = [wanted(right, for_other=for_other) for right in RIGHTS if right in answers["rights"]]
    uses = [asking.register.purpose(code).name.get(asking.language) for code in answers.get("purposes", ())]
    rows = [
        Answered("rights", _("You want us to"), rights),
        Answered("you", _("You are"), [Standing(answers["standing"]).label]),
        *_who(draft, asking),
    ]
    if uses:
        rows.append(Answered("more", _("The use that should stop"), [*uses]))
    for name, title in WHICH_TITLES.items():
        if chosen := _chosen(name, draft, asking):
            rows.append(Answered("more", title, chosen))
    if receiver := asking.receivers.get(_send_to(answers)):
        rows.append(Answered("more", _("Your data also go straight to"), [receiver]))
    if answers.get("protected"):
        rows.append(Answered("more", _("Protected identity"), [_("Yes: only named staff see the request")]))
    if answers.get("contact"):
        rows.append(Answered("more", _("Reach you only"), [], answers["contact"]))
    if answers.get("died_on"):
        rows.append(Answered("more", _("Day of death"), [str(answers["died_on"])]))
    return [
        *rows,
        Answered(
            "more", _("You add"), [] if answers.get("note") else [_("Nothing")], answers.get("note", "")
        ),
    ]


WHICH_TITLES: dict[str, Words] = {
    "consents": _("The consents you take back"),
    "restricted": _("The uses to pause"),
    "reviewed": _("The decisions a person looks at"),
}


def _chosen(name: str, draft: Draft, asking: Asking) -> list[Words]:
    answers = draft.answers
    if WHICH[name].right not in answers["rights"]:
        return []
    codes = answers.get(name, ())
    named: list[Words] = [
        asking.register.purpose(code).name.get(asking.language) for code in codes if code != ALL
    ]
    return [WHICH[name].all_of_them] if ALL in codes else named


def _send_to(answers: Mapping[str, Any]) -> str:
    for_self = answers["standing"] != Standing.PROXY
    return str(answers.get("send_to", "")) if for_self and Right.PORTABILITY in answers["rights"] else ""


def remarks(draft: Draft, asking: Asking, today: date) -> list[Words]:
    """What the law makes of who asks here, for them to know before they send."""
    return [*_of_children(asking, today), *_of_deceased(draft, asking, today)]


def _of_children(asking: Asking, today: date) -> Iterator[Words]:
    country, typed = asking.register.country, asking.answers.get("national_id", "")
    try:
        found = ages(normalise(NATIONAL_ID, typed, country), country, today) if typed else None
    except NotAnIdentifier:
        return
    if found is None or found.least >= OF_AGE:
        return
    if asking.answers.get("standing") == Standing.PROXY:
        yield _(
            "You ask for a child. We ask you for what shows that you have custody. From about twelve the child is "
            "asked what it wants, and from about fifteen nothing is given to you against its will."
        )
    else:
        yield _(
            "You are under 18. The right is yours, and we tell nobody that you asked. If you are younger than about "
            "fifteen, a person here reads your request first and may write to you."
        )


def _of_deceased(draft: Draft, asking: Asking, today: date) -> Iterator[Words]:
    died = draft.answers.get("died_on") if asking.answers.get("standing") == Standing.PROXY else None
    if not died:
        return
    if reach(asking.register.country, date.fromisoformat(str(died)), today).applies:
        yield _(
            "We are sorry for your loss. We answer for the estate as the law lets us for ten years after a death."
        )
    else:
        yield _(
            "We are sorry for your loss. Data protection law does not reach the person you ask for. You can send this "
            "all the same: we write to you what the estate can ask us, and where."
        )


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

"""The line a case travels, in the words of the person it concerns: six stations instead of ten stages."""

from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext_lazy as _

from cases.identity.authority import awaits_authority
from cases.models import Case, Run
from cases.models.case import Outcome, Stage
from cases.web.fields import Words

# station: heading, what is going on while the case is there, the stages it stands for
STATIONS: dict[str, tuple[Words, Words, tuple[Stage, ...]]] = {
    "received": (_("Received"), "", ()),
    "proven": (
        _("E-mail address confirmed"),
        _("We wait until you have entered the code that comes by mail, or shown who you are."),
        (Stage.VERIFICATION,),
    ),
    "gathered": (
        _("Your data gathered"),
        _("We look for you in our systems and gather what is there."),
        (Stage.MATCHING, Stage.COLLECTION),
    ),
    "decided": (
        _("Looked through and decided"),
        _("A person goes through everything, and a second person checks the answer."),
        (Stage.HOLDS, Stage.DECISIONS, Stage.ANSWER, Stage.APPROVAL),
    ),
    "carried-out": (
        _("Carried out"),
        _("What was decided is being done. The answer comes when it is."),
        (Stage.EXECUTION,),
    ),
    "answered": (_("Answered"), _("The answer is being put in place for you."), (Stage.DELIVERY,)),
}

# The same where the reader asks for somebody else.
GATHERED_FOR_OTHER = _("The person's data gathered")
CHECKED_FIRST = _(
    "You ask for somebody else. We check first that you may; until then we gather and change nothing."
)
LOOKED_FOR_OTHER = _("We look for the person you ask for in our systems and gather what is there.")
HEARD_FIRST = _("A person here reads your request first, and may ask you about it. Nobody else is told.")
OUTCOMES_FOR_OTHER: dict[str, Words] = {
    Outcome.NOTHING_HELD: _("We found nothing about the person you ask for."),
    Outcome.REFUSED: _("We have not done what you asked. Our letter says why, and where you can complain."),
    Outcome.UNIDENTIFIED: _(
        "We could not make sure that you may ask for somebody else, or for whom, and have closed the request."
    ),
}

OUTCOMES: dict[str, Words] = {
    Outcome.GRANTED: _("We have done what you asked."),
    Outcome.PARTLY: _(
        "We have done a part of what you asked. The answer says which part, and why not all of it."
    ),
    Outcome.REFUSED: _("We have not done what you asked. The answer says why, and where you can complain."),
    Outcome.NOTHING_HELD: _("We found nothing about you."),
    Outcome.WITHDRAWN: _("You have taken your request back."),
    Outcome.UNIDENTIFIED: _("We could not make sure who was asking, and have closed the request."),
    Outcome.FORWARDED: _("Another company answers for this data. We have passed your request on."),
    Outcome.MERGED: _("We answer this together with another request of yours."),
    Outcome.OUTSIDE: _(
        "We are sorry for your loss. Data protection law does not reach the person you ask for, so we have not looked "
        "for anything, changed anything or handed anything out. Our letter says what the estate can still ask us."
    ),
}

# Said where nobody could look everywhere, in place of "nothing about you".
UNSEARCHED = _("We found nothing about you where we could look. The answer says where we could not.")

# Ended before the line did: to mark its stations as done would be untrue.
OFF_THE_LINE = frozenset(
    {Outcome.WITHDRAWN, Outcome.UNIDENTIFIED, Outcome.FORWARDED, Outcome.MERGED, Outcome.OUTSIDE}
)


@dataclass(frozen=True)
class Station:
    """state: done, current or todo. ``detail`` is said at the current one only."""

    label: Words
    detail: Words
    state: str

    @classmethod
    def of(cls, case: Case, key: str) -> Self:
        here = next((name for name, (_l, _d, stages) in STATIONS.items() if case.stage in stages), None)
        label, detail, _stages = STATIONS[key]
        if key == "gathered" and case.for_other:
            label, detail = GATHERED_FOR_OTHER, CHECKED_FIRST if awaits_authority(case) else LOOKED_FOR_OTHER
        if case.blocked_by == "child-to-hear":
            detail = HEARD_FIRST
        order = list(STATIONS)
        if here is None or order.index(key) < order.index(here):
            return cls(label, "", "done")
        return cls(label, detail, "current") if key == here else cls(label, "", "todo")


def outcome_words(case: Case) -> str:
    """How it ended, to whoever asked; "" while it goes on."""
    if case.outcome == Outcome.NOTHING_HELD and case.runs.filter(status=Run.Status.UNSEARCHED).exists():
        return str(UNSEARCHED)
    own = OUTCOMES_FOR_OTHER if case.for_other else {}
    return str(own.get(case.outcome) or OUTCOMES.get(case.outcome, ""))

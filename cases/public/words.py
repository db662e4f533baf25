"""A case as whoever asked follows it: where it stands, in a few stations instead of ten stages, and how it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.casework import case_clock
from cases.casework.workflow import ONLY_ANSWERED
from cases.collection.parts import rest_of
from cases.conversation.reading import new_for_person
from cases.identity.authority import awaits_authority
from cases.identity.mandates.addressing import asker_gets
from cases.identity.people.protection import forwarding_task, opens_by_eid
from cases.identity.stepping_up.waiting import Waiting, waiting
from cases.law.clock import Deadline
from cases.law.reasons import Reason
from cases.models import AuthorityRefusal, Case, Run
from cases.models.case import Following, Outcome, Stage
from cases.models.proof import MAILED_CODE
from cases.public.rights import wanted
from cases.request.anew import asked_anew, may_ask_anew
from cases.request.once_more import asked_again
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
    "answered": (_("Answered"), _("You get a message when it can be fetched."), (Stage.DELIVERY,)),
}

# What the station is called while the case is there: the other words would say that it is over.
NOW: dict[str, Words] = {
    "proven": _("Waits for your code"),
    "gathered": _("We gather your data"),
    "decided": _("We look through it and decide"),
    "carried-out": _("We carry it out"),
    "answered": _("We get the answer ready for you"),
}

# Said where it is behind them and no code came back from the mailbox.
PROVEN_OTHERWISE = _("We know who asks")

# The same where the reader asks for somebody else.
GATHERED_FOR_OTHER = _("The person's data gathered")
GATHERING_FOR_OTHER = _("We gather the person's data")
CHECKING = _("We check that you may ask")
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

# The same of the rest of a request that was split.
NOTHING_MORE = _("We looked in the systems that were left and found nothing more about you.")

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
        if here == "carried-out" and case.right in ONLY_ANSWERED:
            here = "answered"
        label, detail, _stages = STATIONS[key]
        if key == "gathered" and case.for_other:
            label, detail = GATHERED_FOR_OTHER, CHECKED_FIRST if awaits_authority(case) else LOOKED_FOR_OTHER
        if case.blocked_by == "child-to-hear":
            detail = HEARD_FIRST
        order = list(STATIONS)
        if here is None or order.index(key) < order.index(here):
            return cls(_behind(case, key, label), "", "done")
        return cls(_now(case, key), detail, "current") if key == here else cls(label, "", "todo")


def _passed(case: Case) -> list[str]:
    """The stations that this case comes through."""
    return [key for key in STATIONS if key != "carried-out" or case.right not in ONLY_ANSWERED]


def _now(case: Case, key: str) -> Words:
    if key != "gathered" or not case.for_other:
        return NOW[key]
    return CHECKING if awaits_authority(case) else GATHERING_FOR_OTHER


def _behind(case: Case, key: str, label: Words) -> Words:
    by_code = key != "proven" or case.submission.proofs.filter(method=MAILED_CODE).exists()
    return label if by_code else PROVEN_OTHERWISE


def outcome_words(case: Case) -> str:
    """How it ended, to whoever asked; "" while it goes on."""
    if case.outcome == Outcome.NOTHING_HELD and case.runs.filter(status=Run.Status.UNSEARCHED).exists():
        return str(UNSEARCHED)
    if case.outcome == Outcome.NOTHING_HELD and case.follows_as == Following.REST:
        return str(NOTHING_MORE)
    own = OUTCOMES_FOR_OTHER if case.for_other else {}
    return str(own.get(case.outcome) or OUTCOMES.get(case.outcome, ""))


@dataclass(frozen=True)
class Followed:
    """A case as whoever asked sees it. ``package``: the latest delivered answer. ``again``: the case that follows it.

    ``refusal``: there is a letter that they may not ask for the other; ``to_person``: the answer goes past them.
    """

    case: Case
    right: Words
    stations: list[Station]
    outcome: str
    # Nobody counts days while we wait for what they were asked.
    paused: bool
    # How the day of the answer is counted, with what stopped or moved it.
    steps: list[Reason]
    package: Any
    fetchable: bool
    # The days in which it could be fetched have passed.
    over: bool
    waiting: Waiting | None
    again: Case | None
    # The case with the other part of the answer, and in that the case with the first.
    rest: Case | None
    first: Case | None
    # The person's protected identity keeps the answer for electronic identity ("eid"), or for the post.
    kept_for: str
    # When it was sent on to them without their address.
    sent_on: datetime | None
    letters: list[Any]
    refusal: bool
    to_person: bool
    # Where its data are asked for anew, and whether they can be.
    anew: Case | None
    may_ask_anew: bool
    # How many of our messages they have not opened.
    new_messages: int

    @classmethod
    def of(cls, case: Case, *, by_eid: bool) -> Self:
        """``by_eid``: the reader is known by electronic identity."""
        package = case.answers.filter(delivered_at__isnull=False).order_by("-version").first()
        kept_for = _kept_for(case, by_eid=by_eid) if package else ""
        # By post it goes to the person, whoever asked.
        to_person = not asker_gets(case) or (case.for_other and kept_for == "post")
        over = bool(package and not (package.expires_at and package.expires_at > timezone.now()))
        refused = AuthorityRefusal.objects.filter(case=case).exists()
        off_the_line = refused or case.outcome in OFF_THE_LINE
        again, clock = asked_again(case), case_clock.clock_of(case)
        return cls(
            case=case,
            right=wanted(case.right, for_other=case.for_other),
            stations=[] if off_the_line else [Station.of(case, key) for key in _passed(case)],
            outcome=outcome_words(case),
            paused=not case.is_closed and clock.due is None,
            steps=steps_of(clock),
            package=package,
            fetchable=package is not None and not (over or to_person or kept_for),
            over=over,
            waiting=waiting(case, get_language() or "en") if again is None else None,
            # What nobody has proven yet is not asked.
            again=again if again and again.stage != Stage.VERIFICATION else None,
            rest=rest_of(case),
            first=case.follows if case.follows_as == Following.REST else None,
            kept_for=kept_for,
            sent_on=_sent_on(case) if kept_for == "post" else None,
            letters=[
                one for one in case.letters.all() if case.file_sealed and one.may_be_opened(by_eid=by_eid)
            ],
            refusal=refused,
            to_person=to_person,
            anew=asked_anew(case),
            may_ask_anew=over and not kept_for and may_ask_anew(case),
            new_messages=new_for_person(case),
        )


def steps_of(clock: Deadline) -> list[Reason]:
    """What led to the day, without what is only said for information."""
    return [step for step in clock.steps if step.code != "clock.lenient"]


def _kept_for(case: Case, *, by_eid: bool) -> str:
    if not case.protected_by or (by_eid and opens_by_eid(case)):
        return ""
    return "eid" if opens_by_eid(case) else "post"


def _sent_on(case: Case) -> datetime | None:
    """When a caseworker said that it is on its way. A task that tells of a letter is about that alone."""
    done = case.tasks.filter(kind=forwarding_task(case), detail="", done_at__isnull=False)
    return done.values_list("done_at", flat=True).order_by("-done_at").first()

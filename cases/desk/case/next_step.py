"""The one sentence that says what the case waits for, and the one button that moves it on."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from cases.casework.permissions import Permission
from cases.casework.workflow import ANOTHER, LEADS_NOWHERE, RECEIVER_REFUSED, TO_READ
from cases.desk.wording import words
from cases.identity.mailed_codes import Sending, sending
from cases.models import Case, MailedCode
from cases.models.case import Right, Stage
from cases.sources.error_words import advice

# What a case for somebody else waits for, and its button.
FOR_OTHER = {
    "authority-to-check": (
        _lazy(
            "Somebody asks for another person. Check that they may: until then nothing is looked for or stopped. The "
            "clock runs."
        ),
        _lazy("Check the authority"),
    ),
    "person-to-confirm": (
        _lazy(
            "The authority is checked. Confirm who the person is: nothing is looked for by what the asker has proven."
        ),
        _lazy("Say who the person is"),
    ),
}
SOURCE_STOPS = frozenset({"source-down", "source-failed"})
# The search for identifiers, and the runs, show each their own fault.
TELLS_ITSELF = frozenset({Stage.MATCHING})


@dataclass(frozen=True)
class State:
    """What the sentence depends on besides the case. `answer_status` is "" while there is no answer.

    `hand`: what keeps this reader from approving the answer; `others`: who can; both while it waits for that.
    """

    user_id: int
    can: frozenset[Permission]
    second_person: bool = False
    claims_open: int = 0
    runs_total: int = 0
    runs_done: int = 0
    runs_failed: int = 0
    runs_paused: int = 0
    runs_asked: int = 0
    decisions_open: int = 0
    choices_open: int = 0
    lawyers_open: int = 0
    answer_status: str = ""
    answer_version: int = 0
    answer_error: str = ""
    prepared_by: int | None = None
    hand: str = ""
    others: str = ""
    expires_on: date | None = None
    actions_total: int = 0
    actions_done: int = 0
    actions_failed: int = 0
    refused: int = 0


@dataclass(frozen=True)
class NextStep:
    """`post`: the button is a form's. Without a label there is nothing for this reader to press."""

    sentence: str
    label: str = ""
    href: str = ""
    post: bool = False


def next_step(case: Case, state: State) -> NextStep:
    if case.blocked_why and case.stage not in TELLS_ITSELF:
        return _stopped(case)
    return STEPS[Stage(case.stage)](case, state)


def _stopped(case: Case) -> NextStep:
    """A fault that belongs to no run and no action, which have words and buttons of their own."""
    if case.blocked_by in SOURCE_STOPS:
        told = f"{words.source_error(case.blocked_why)}. {advice(case.blocked_why)}".strip()
        return NextStep(told + " " + _("The case is tried again every minute and then goes on by itself."))
    return NextStep(
        _(
            "Something broke that nobody foresaw (%(kind)s). It is tried again every minute; if it stays, an "
            "administrator finds the cause in the log under this time and kind."
        )
        % {"kind": case.blocked_why}
    )


CODE_MAIL = {
    Sending.SENT: _lazy("The person has not entered the mailed code yet."),
    Sending.UNDER_WAY: _lazy("The mail with the code is on its way."),
    Sending.LATE: _lazy("The mail with the code has not gone out yet. It is tried again by itself."),
    Sending.FAILED: _lazy("The mail with the code could not be sent: reach the person in another way."),
    Sending.NONE: _lazy(
        "No code was mailed: too many were asked for this mailbox. The person can ask for one later."
    ),
}


def _verification(case: Case, state: State) -> NextStep:
    if state.second_person:
        waits = _("Somebody vouched for who asks, at the highest level. A second person has to confirm it.")
        return NextStep(waits, _("Look at what was checked"), "#person")
    sentence = str(CODE_MAIL[sending(case.submission, purpose=MailedCode.Purpose.PROVE)])
    if case.proof_first:
        sentence += " " + _(
            "Much came in from the same place that day: nobody needs to look before it is proven."
        )
    if Permission.WORK_CASES in state.can:
        return NextStep(sentence, _("Prove in another way"), "#person")
    return NextStep(sentence)


def _matching(case: Case, state: State) -> NextStep:
    if case.blocked_by in SOURCE_STOPS:
        sentence = _(
            "A source stops the search for the person's identifiers. It is asked again by itself every minute; the "
            "case goes on once it answers or its setting is mended."
        )
        return NextStep(sentence, _("Open the sources"), "#sources")
    if case.blocked_by in FOR_OTHER:
        waits_for, label = map(str, FOR_OTHER[case.blocked_by])
        to_check = case.blocked_by == "authority-to-check"
        where = reverse("desk:authority", args=[case.reference]) if to_check else "#person"
        return NextStep(waits_for, label if Permission.WORK_CASES in state.can else "", where)
    if case.blocked_by == "child-to-hear":
        sentence = _(
            "A child asks. Look at what it understands and wants, and write it down; then the case goes on."
        )
        return NextStep(sentence, _("Look at it") if Permission.WORK_CASES in state.can else "", "#child")
    if case.blocked_by == "number-to-confirm":
        sentence = _(
            "Electronic identity proved a national number that no source knows, and what else is known of the person "
            "leads to a customer whose number no source tells. Check that they are one person; if so, add the number."
        )
        return NextStep(sentence, _("Check them"), "#person")
    if case.blocked_by == ANOTHER:
        return _another(state)
    if state.claims_open and case.blocked_by:
        sentence = ngettext(
            "Nothing could be linked to the proof alone. %(count)s typed identifier needs your check.",
            "Nothing could be linked to the proof alone. %(count)s typed identifiers need your check.",
            state.claims_open,
        ) % {"count": state.claims_open}
        return NextStep(sentence, _("Check them"), "#person")
    return NextStep(_("The sources are being asked which identifiers belong to the proven person."))


def _another(state: State) -> NextStep:
    sentence = _(
        "Whoever asks showed another national number than the sources know for the customer who was found: it seems to "
        "be another person, and nothing is gathered. Only if the person's number has changed and you have seen who "
        "they are do two of you vouch for them, at the highest level. Otherwise reject what was confirmed: the search "
        "then goes on without it."
    )
    if state.second_person:
        waits = _("Somebody vouched for who asks, at the highest level. A second person has to confirm it.")
        return NextStep(f"{sentence} {waits}", _("Look at what was checked"), "#person")
    return NextStep(sentence, _("Look at it") if Permission.WORK_CASES in state.can else "", "#person")


def _or_without(sentence: str, state: State) -> str:
    if state.refused and Permission.WORK_CASES in state.can:
        return sentence + " " + _("Where a source says that it may not, you can go on without it.")
    return sentence


def _collection(case: Case, state: State) -> NextStep:
    if case.blocked_by == LEADS_NOWHERE:
        sentence = _(
            "Nothing was found, but not everything could be searched: what is known of the person does not lead "
            "everywhere. Find a way on before this is answered."
        )
        return NextStep(sentence, _("See what leads nowhere"), "#sources")
    if state.runs_failed:
        sentence = ngettext(
            "%(count)s collection could not be gathered.",
            "%(count)s collections could not be gathered.",
            state.runs_failed,
        ) % {"count": state.runs_failed}
        return NextStep(_or_without(sentence, state), _("Open the sources"), "#sources")
    if state.runs_paused:
        return NextStep(
            _("Somebody paused a source. It goes on when it is resumed."), _("Open the sources"), "#sources"
        )
    left = state.runs_total - state.runs_done
    if 0 < left == state.runs_asked:
        sentence = ngettext(
            "%(count)s owner of a system has been asked by mail and has not answered yet.",
            "%(count)s owners of systems have been asked by mail and have not answered yet.",
            left,
        )
        return NextStep(sentence % {"count": left}, _("Open the sources"), "#sources")
    if not state.runs_total:
        return NextStep(_("The sources are about to be asked."))
    sentence = ngettext(
        "%(count)s collection is still being gathered.",
        "%(count)s collections are still being gathered.",
        left,
    )
    return NextStep(sentence % {"count": left}, _("Open the sources"), "#sources")


def _holds(_case: Case, _state: State) -> NextStep:
    return NextStep(_("The law is being applied to what was gathered."))


def _to_find(case: Case) -> tuple[str, str, str] | None:
    """For rights that a person works value by value or looks at again: what to do, and in which section."""
    if case.right == Right.RECTIFICATION:
        sentence = _("Choose the values the person says are wrong, and what they should be.")
        return sentence, _("Open the corrections"), "#corrections"
    if case.right == Right.AUTOMATED_DECISION:
        sentence = _("A person has to look at the decision again. Record what you found.")
        return sentence, _("Record your second look"), "#second-look"
    return None


def _decisions(case: Case, state: State) -> NextStep:
    worker = Permission.WORK_CASES in state.can
    if state.choices_open == state.decisions_open > 0 and (found := _to_find(case)):
        sentence, label, section = found
        return NextStep(sentence, label if worker else "", section)
    if state.lawyers_open == state.decisions_open > 0:
        return NextStep(
            _("What is still open only a lawyer may accept or change: each decision says who."),
            _("Open the decisions"),
            "#decisions",
        )
    if state.choices_open == state.decisions_open > 0:
        return NextStep(
            _("What is still open has to be looked at, one by one: the law leaves it to a person."),
            _("Open the decisions") if worker else "",
            "#decisions",
        )
    if state.decisions_open:
        sentence = ngettext(
            "%(count)s decision is proposed. Look at it, then accept or change it.",
            "%(count)s decisions are proposed. Look at them, then accept or change them.",
            state.decisions_open,
        ) % {"count": state.decisions_open}
        return NextStep(sentence, _("Open the decisions") if worker else "", "#decisions")
    if state.claims_open:
        return NextStep(
            _("Everything is decided, but identifiers the person typed still need your check."),
            _("Check them"),
            "#person",
        )
    sentence = _("Everything is decided. The answer can be prepared.")
    if state.answer_status == "returned":
        sentence = _("The approver sent the answer back. Put it right, then prepare it again.")
    if state.answer_status == "taken-back":
        sentence = _("The answer was taken back. Put it right, then prepare it again.")
    if state.answer_error:
        sentence = _(
            "The answer could not be prepared. Try again, or ask an administrator to look at the log."
        )
    if worker:
        return NextStep(
            sentence, _("Prepare the answer"), reverse("exports:prepare", args=[case.reference]), post=True
        )
    return NextStep(sentence)


def _answer(case: Case, state: State) -> NextStep:
    if state.answer_status == "failed":
        return NextStep(
            _("The answer could not be prepared. The reason is shown below."), _("Open the answer"), "#answer"
        )
    if case.blocked_by == TO_READ:
        sentence = _(
            "The answer is written. Read the letter and the list of files, then send it to approval."
        )
        if Permission.WORK_CASES not in state.can:
            return NextStep(sentence)
        send = reverse("exports:send", args=[case.reference, state.answer_version])
        return NextStep(sentence, _("Send to approval"), send, post=True)
    return NextStep(_("The letter and the data package are being prepared."))


def _approval(case: Case, state: State) -> NextStep:
    if state.prepared_by == state.user_id:
        return NextStep(_("You prepared this answer. Another person has to approve it.") + f" {state.others}")
    if Permission.APPROVE not in state.can:
        return NextStep(_("The answer waits for an approver.") + f" {state.others}")
    if state.hand:
        return NextStep(_("Another person has to approve this answer.") + f" {state.hand} {state.others}")
    page = reverse("exports:answer", args=[case.reference, state.answer_version])
    return NextStep(_("The answer waits for your approval. Read it first."), _("Read the answer"), page)


def _execution(case: Case, state: State) -> NextStep:
    if state.actions_failed:
        sentence = _("A source could not carry out what was approved. Nothing is delivered until it has.")
        return NextStep(_or_without(sentence, state), _("See what failed"), "#carried-out")
    if case.blocked_by == "by-hand":
        sentence = _(
            "What is left has to be done by hand. The answer waits for it, and the time for it runs on."
        )
        return NextStep(sentence, _("Open the tasks"), reverse("desk:tasks"))
    if case.blocked_by == "recipients":
        return NextStep(_("Those who have received the data are being told. Then the answer is sent."))
    return NextStep(_("What was approved is being carried out at the sources."))


def _delivery(case: Case, _state: State) -> NextStep:
    if case.blocked_by in ("receiver-away", RECEIVER_REFUSED):
        sentence = _(
            "The person asked that another provider gets the data as well, and it has not taken them yet."
        )
        return NextStep(sentence, _("See why"), "#answer")
    return NextStep(_("The person is being told that the answer is ready."))


def _closed(case: Case, state: State) -> NextStep:
    sentence = _("The case is closed: %(outcome)s.") % {"outcome": case.get_outcome_display().lower()}
    return NextStep(f"{sentence} {_until(state.expires_on)}" if state.expires_on else sentence)


def _until(day: date) -> str:
    written = words.day(day, weekday=True)
    return _("The package lies on the person's status page until %(until)s.") % {"until": written}


STEPS = {
    Stage.VERIFICATION: _verification,
    Stage.MATCHING: _matching,
    Stage.COLLECTION: _collection,
    Stage.HOLDS: _holds,
    Stage.DECISIONS: _decisions,
    Stage.ANSWER: _answer,
    Stage.APPROVAL: _approval,
    Stage.EXECUTION: _execution,
    Stage.DELIVERY: _delivery,
    Stage.CLOSED: _closed,
}

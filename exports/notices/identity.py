"""Who asks? The question as a letter, and the letter that closes a case nobody proved (Articles 11, 12(2), 12(6)).

Both are written before anybody is known: nothing in them comes from a source, only what was typed.
"""

from datetime import date, timedelta

import structlog
from django.db import transaction

from cases.casework import audit, case_clock, standstill
from cases.casework.operators import register_of_case
from cases.casework.workflow import Refusal, lock
from cases.identity import unproven
from cases.identity.eid.configured import names_of
from cases.identity.mandates import asking
from cases.models import Case, ClockEvent, User
from cases.models.case import Stage
from cases.sealed.typed import read_file
from exports.letter import content
from exports.letter.document import Document
from exports.letter.facts import CaseFacts, IdentityFacts
from exports.letter.matrix import LetterProblem
from exports.models import CaseLetter
from exports.notices import letters

log = structlog.get_logger()


@transaction.atomic
def ask(case: Case, *, by: User, told: bool = False) -> CaseLetter:
    """Ask who it is, by letter and mail; the clock stands still if it is asked in time.

    ``told``, and refusals, as in `unproven.ask_for_proof`.
    """
    unproven.ask_for_proof(case, by=by, told=told)
    case = lock(case.pk)
    return letters.keep(case, CaseLetter.Kind.IDENTITY, question(case, signed_by=by.get_full_name()), by=by)


@transaction.atomic
def ask_papers(case: Case, *, doubt: str = "", by: User, told: bool = False) -> bool:
    """Ask for what shows the authority, by mail; where it is in doubt who somebody is by letter too.

    Whether the clock waits for the answer. ``told``, and refusals, as in `asking.ask`.
    """
    waits = asking.ask(case, doubt=doubt, by=by, told=told)
    case = lock(case.pk)
    if unproven.asked_on(case):
        letters.keep(case, CaseLetter.Kind.IDENTITY, question(case, signed_by=by.get_full_name()), by=by)
    return waits


@transaction.atomic
def close(case: Case, *, reason: str, by: User) -> CaseLetter:
    """Close it: nobody proved who asks, or for whom. The letter says why, and how to complain.

    Refusals as in `unproven.close_unidentified`.
    """
    asked = None if case.for_other and case.submission.proofs.exists() else _last_asked(case)
    unproven.close_unidentified(case, reason=reason, by=by)
    case = lock(case.pk)
    letter = closing(case, asked=asked, signed_by=by.get_full_name())
    return letters.keep(case, CaseLetter.Kind.UNIDENTIFIED, letter, by=by)


def close_left() -> int:
    """Close, with the same letter, what nobody has decided on for a year. Returns how many; safe to repeat."""
    if standstill.stops("closing-unproven"):
        return 0
    return sum(_close_left(pk) for pk in list(unproven.left().values_list("pk", flat=True)[:500]))


def _close_left(case_id: int) -> bool:
    try:
        with transaction.atomic():
            case = lock(case_id)
            asked = _last_asked(case)
            if not unproven.close_left(case):
                return False
            letter = closing(case, asked=asked)
            letters.keep(case, CaseLetter.Kind.UNIDENTIFIED, letter, by=audit.SYSTEM)
    except (Refusal, LetterProblem) as problem:
        # One that can't be printed keeps no other from being closed.
        log.error("unproven.not-closed", case=case_id, why=type(problem).__name__)
        return False
    return True


def question(case: Case, *, signed_by: str = "") -> Document:
    """The question, in the case's language. LetterProblem where none is open."""
    asked, until = unproven.asked_on(case), unproven.answer_by(case)
    ask = None
    if asked and until:
        # Asked too late, the clock runs on (`law.clock`), and nobody is told otherwise.
        paused = case_clock.clock_of(case).due is None
        ask = IdentityFacts(
            needed=_ways(case),
            asked_on=asked,
            answer_by=until,
            paused=paused,
            faces=tuple(names_of(case.operator_id).values()),
            for_another=case.for_other,
            authority=case.submission.authority_kind,
        )
    return content.identity(_facts(case, "identity", signed_by, ask))


def closing(case: Case, *, asked: date | None, signed_by: str = "") -> Document:
    """That it is closed, and why; ``asked``: when we last asked who it is, None where that is known."""
    return content.unidentified(
        _facts(case, "unidentified", signed_by, None), asked=asked, erased=erased_on(case)
    )


def erased_on(case: Case) -> date:
    """The day by which what was typed is erased, of a case that is closed unidentified on this day."""
    return case_clock.today(case) + timedelta(days=register_of_case(case).settings.package_days)


def _ways(case: Case) -> tuple[str, ...]:
    """How somebody can show who they are: always by more than one way (Article 12(2))."""
    eid = ("eid",) if names_of(case.operator_id) else ()
    # Once the mailbox is proven, its code shows nothing more.
    code = ("code",) if case.stage == Stage.VERIFICATION else ()
    return (*code, *eid, *(("mandate",) if case.for_other else ()), "visit")


def _last_asked(case: Case) -> date:
    """The first code that we mailed asked for it too."""
    asked = case.clock_events.filter(kind=ClockEvent.Kind.PAUSED, asks_who=True).last()
    return asked.on if asked else case.received_on


def _facts(case: Case, outcome: str, signed_by: str, ask: IdentityFacts | None) -> CaseFacts:
    typed = read_file(case)
    return CaseFacts(
        reference=case.reference,
        register=register_of_case(case),
        right=case.right,
        language=case.language,
        # To whoever asks, whoever that is; of somebody they ask for it says nothing.
        person_name=typed.name,
        asked_for=typed.person if case.for_other else "",
        received_on=case.received_on,
        answered_on=case_clock.today(case),
        due_on=case.due_on,
        outcome=outcome,
        signed_by=signed_by,
        identity=ask,
    )

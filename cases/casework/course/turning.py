"""Closing a case that gets no answer, and opening it again.

What was gathered is destroyed within the hour after a case is closed (`exports.retention`), so that a case that is
opened again is matched and gathered anew. A case that was answered stays closed: what is asked after that is another
request, a second pass, or a stronger proof.
"""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from cases.casework import audit, case_clock
from cases.casework.mail import queue
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, advance, close, lock
from cases.law.clock import date_of_receipt
from cases.models import Case, Turn, User
from cases.models.case import Outcome, Right, Stage
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sealed.typed import read_file

# Closed without an answer: nothing was handed out or carried out that opening would contradict.
MAY_REOPEN = frozenset({Outcome.WITHDRAWN, Outcome.UNIDENTIFIED})
REOPENED_AS = (Turn.Kind.OURS, Turn.Kind.ASKED_AGAIN)


@transaction.atomic
def withdraw(case: Case, *, by: audit.Actor, reason: str = "", on: date | None = None) -> None:
    """The person takes the request back: themselves, or as a caseworker was told.

    ``on``: the day they said so, today where nobody tells. Refusal reason-needed for a caseworker who does not say
    what shows it, and day-outside for a day before the request or after today.
    """
    case = lock(case.pk)
    if isinstance(by, User):
        require(by, case.operator, Permission.WORK_CASES)
    if code := keeps_from_withdrawing(case):
        raise Refusal(code, stage=case.get_stage_display())
    if isinstance(by, User):
        note(case, Turn.Kind.WITHDRAWN, reason, on, by, first=case.received_on)
    close(case, Outcome.WITHDRAWN, by=by)
    queue(case.submission, "closed", to=read_file(case).email, case=case)


def keeps_from_withdrawing(case: Case) -> str:
    """The code of the refusal that stands against it; "" for none."""
    if case.is_closed:
        return "closed"
    # What has been done at the sources can't be taken back.
    return "wrong-stage" if case.stage in (Stage.EXECUTION, Stage.DELIVERY) else ""


def note(case: Case, kind: Turn.Kind, reason: str, on: date | None, by: User, *, first: date) -> Turn:
    """Write down why a locked case leaves the line, or comes back to it."""
    if not reason.strip():
        raise Refusal("reason-needed")
    last = case_clock.today(case)
    if on is not None and not first <= on <= last:
        days = {"first": date_format(first, "DATE_FORMAT"), "last": date_format(last, "DATE_FORMAT")}
        raise Refusal("day-outside", **days)
    return Turn.objects.create(case=case, kind=kind, on=on or last, reason=reason.strip(), by=by)


@transaction.atomic
def reopen(case: Case, *, kind: str, reason: str, by: User, on: date | None = None) -> None:
    """Open a case again that was closed without an answer; the person is told.

    ``kind``: closed by mistake, then the clock has run all along; or asked for again ``on`` a day, then it stood still
    from the day the request was taken back. Where nobody was identified the clock waits as it did: for who it is.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if code := keeps_from_reopening(case):
        raise Refusal(code)
    if kind not in REOPENED_AS:
        raise Refusal("outcome-unknown", outcome=kind)
    outcome, closed = case.outcome, closed_on(case)
    turn = note(case, Turn.Kind(kind), reason, on, by, first=closed)
    vault.renew(case, KeyUse.COLLECTED, KeyUse.PACKAGE)
    case.runs.all().delete()
    to = Stage.MATCHING if case.submission.proofs.exists() else Stage.VERIFICATION
    advance(case, to, by=by, reopened=kind, outcome=outcome)
    if outcome == Outcome.WITHDRAWN and kind == Turn.Kind.ASKED_AGAIN:
        case_clock.ask_again(case, withdrawn_on=closed, on=turn.on, by=by)
    queue(case.submission, "reopened", to=read_file(case).email, case=case, proven=to == Stage.MATCHING)


def keeps_from_reopening(case: Case) -> str:
    """The code of the refusal that stands against opening a case again; "" where it may be."""
    if not case.is_closed:
        return "not-closed"
    if case.outcome not in MAY_REOPEN:
        return "answered-stays-closed"
    if not case.file_sealed:
        return "case-file-gone"
    # What was objected to was only stored until it was decided, and is used again by now.
    if case.right == Right.OBJECTION and case.restrictions.exists():
        return "limit-over"
    return ""


def closed_on(case: Case) -> date:
    """The day on which the person took it back, or on which we closed it."""
    turn = case.turns.filter(kind=Turn.Kind.WITHDRAWN).last()
    if turn and case.outcome == Outcome.WITHDRAWN:
        return turn.on
    moment = case.closed_at or timezone.now()
    return date_of_receipt(moment, register_of_case(case).time_zone)

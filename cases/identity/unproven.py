"""Requests nobody has proven: asked again, one reminder by mail, then a task for a caseworker, who decides to close.

What nobody has decided on for a year is closed by itself: longer is not kept of somebody whom nobody knows.
The clock stands still from a question that came in time until its answer (Article 12(6); `law.clock`). Nothing is
closed before the day that the question named.
"""

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from cases.casework import audit, case_clock, commands
from cases.casework.course import turning
from cases.casework.mail import queue
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import UNPROVEN, Refusal, at_stage, close, lock
from cases.law.clock import date_of_receipt
from cases.models import AuditEntry, Case, ClockEvent, Paper, Submission, Turn, User
from cases.models.case import Outcome, Stage
from cases.papers import keeping
from cases.sealed.typed import read_file, reply_address

REMIND_AFTER = timedelta(days=7)
HAND_OVER_AFTER = timedelta(days=30)
# Article 5(1)(e): by then it was asked twice, and a caseworker has had the task for eleven months.
LEFT_AFTER = timedelta(days=365)
# Where a case stands of which it may turn out that nobody is identified; by whether it is for somebody else.
UNIDENTIFIED_AT = {False: (Stage.VERIFICATION,), True: (Stage.VERIFICATION, Stage.MATCHING)}


def remind() -> int:
    """Remind everybody whose proof is a week late, once a question. Returns how many."""
    late = Submission.objects.filter(
        Q(cases__stage=Stage.VERIFICATION)
        | Q(cases__stage=Stage.MATCHING, cases__authority=None, cases__clock_events__asks_who=True),
        reminded_at=None,
        created_at__lt=timezone.now() - REMIND_AFTER,
    ).exclude(cases__clock_events__in=_asked_since(REMIND_AFTER))
    return sum(_remind(pk) for pk in late.distinct().values_list("pk", flat=True)[:500])


@transaction.atomic
def _remind(submission_id: UUID) -> bool:
    waiting = Submission.objects.select_for_update(skip_locked=True, of=("self",)).select_related("operator")
    submission = waiting.filter(pk=submission_id, reminded_at=None).first()
    if submission is None:
        return False
    # Noted also where no mail can go out, or it would be taken up again at every round.
    submission.reminded_at = timezone.now()
    submission.save(update_fields=["reminded_at"])
    kind, cases = _late_of(submission)
    address = reply_address(submission)
    if address is None or not cases:
        return False
    until = answer_by(cases[0]) if kind == "papers" else None
    # Where a mail is not safe, a caseworker has the task to remind them, and the record says so.
    if queue(submission, kind, to=address, cases=cases, waits=True, until=until):
        for case in cases:
            audit.record(case, "proof.reminded", by=audit.SYSTEM)
    return True


def _late_of(submission: Submission) -> tuple[str, list[Case]]:
    """The mail that reminds, and the cases it is about: who asks, or once that is proven the papers for a doubt."""
    cases = submission.cases.select_related("operator", "register").order_by("pk")
    if unproven := list(cases.filter(stage=Stage.VERIFICATION)):
        return "proof", unproven
    return "papers", [case for case in cases.filter(stage=Stage.MATCHING, for_other=True) if asked_on(case)]


def hand_over_unproven() -> int:
    """Open a task for each case unproven for thirty days: closing it is for a person to decide. Returns how many."""
    late = Case.objects.filter(stage=Stage.VERIFICATION, received_at__lt=timezone.now() - HAND_OVER_AFTER)
    late = late.exclude(tasks__kind=UNPROVEN).exclude(clock_events__in=_asked_since(HAND_OVER_AFTER))
    return sum(_hand_over(pk) for pk in late.values_list("pk", flat=True)[:500])


@transaction.atomic
def _hand_over(case_id: int) -> bool:
    case = lock(case_id)
    return open_task(case)


def open_task(case: Case) -> bool:
    """Have a person look at a locked case that nobody has proven. Whether that is new."""
    if case.stage != Stage.VERIFICATION or case.tasks.filter(kind=UNPROVEN).exists():
        return False
    return commands.open_task(case, UNPROVEN, due_on=case_clock.today(case))


@transaction.atomic
def close_unidentified(case: Case, *, reason: str, by: User) -> None:
    """Nobody proved who asks, in spite of being asked (Art. 11(2), 12(2)). A person decides this; the clock only after
    a year in which nobody did (`close_left`).

    Or whoever asks is known, and not that they may speak for somebody else, or for whom. Refusal still-asked while the
    person has time to answer, reason-needed where nothing is said of what was tried.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if refusal := keeps_from_closing(case):
        raise refusal
    for_whom = case.stage == Stage.MATCHING
    turning.note(case, Turn.Kind.UNIDENTIFIED, reason, None, by, first=case.received_on)
    _close(case, for_whom=for_whom, by=by)


def _close(case: Case, *, for_whom: bool, by: audit.Actor) -> None:
    close(case, Outcome.UNIDENTIFIED, by=by)
    queue(case.submission, "closed", to=read_file(case).email, case=case, for_whom=for_whom)
    if not case.submission.cases.exclude(stage=Stage.CLOSED).exists():
        for paper in keeping.held(case.submission, Paper.About.PROOF):
            keeping.delete(paper, why="over", by=audit.SYSTEM)


def left() -> QuerySet[Case]:
    """Cases that nobody has proven, asked about or decided on for a year."""
    since = timezone.now() - LEFT_AFTER
    lately = ClockEvent.objects.filter(at__gt=since).values("case")
    return Case.objects.filter(stage=Stage.VERIFICATION, received_at__lt=since).exclude(pk__in=lately)


def close_left(case: Case) -> bool:
    """Close a locked case of these by itself. False where it is none by now."""
    if not left().filter(pk=case.pk).exists():
        return False
    _close(case, for_whom=False, by=audit.SYSTEM)
    return True


def keeps_from_closing(case: Case) -> Refusal | None:
    """The refusal that stands against closing it as unidentified today."""
    if case.stage not in UNIDENTIFIED_AT[case.for_other]:
        return Refusal("wrong-stage", stage=case.get_stage_display())
    until = time_to_answer(case)
    return (
        Refusal("still-asked", day=date_format(until, "DATE_FORMAT"))
        if case_clock.today(case) <= until
        else None
    )


@transaction.atomic
def ask_for_proof(case: Case, *, by: User, told: bool = False) -> None:
    """Ask again for proof of identity, by mail; the clock pauses if this comes in time (EDPB guidelines 01/2022).

    The letter that goes with it is written above (`exports.notices.identity`). ``told`` as in `put`.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.VERIFICATION)
    is_mailed = put(case, told=told)
    if not case_clock.is_paused(case):
        case_clock.pause(case, asks_who=True, by=by)
    # A reminder of this question, whether or not there was one of the first.
    Submission.objects.filter(pk=case.submission_id).update(reminded_at=None)
    if is_mailed:
        until = answer_by(case)
        queue(case.submission, "proof", to=read_file(case).email, case=case, cases=[case], until=until)
    audit.record(case, "proof.asked", by=by)


def put(case: Case, *, told: bool) -> bool:
    """Whether a question is mailed. Refusal ask-safely where no mail is safe and it was not ``told``.

    A question that nobody has heard stops no clock.
    """
    if case.submission.is_mailed:
        return True
    if not told:
        raise Refusal("ask-safely")
    return False


def asked_on(case: Case) -> date | None:
    """The day of the last question who asks, while nobody has answered it."""
    asked = case.clock_events.filter(kind=ClockEvent.Kind.PAUSED, asks_who=True).last()
    return asked.on if asked and case_clock.is_paused(case) else None


def answer_by(case: Case) -> date | None:
    """The day that the question names; None where none is open."""
    asked = asked_on(case)
    return asked + HAND_OVER_AFTER if asked else None


def time_to_answer(case: Case) -> date:
    """The last day on which the person may still answer: of the first mail, or of what was asked since."""
    # Nobody was asked who they are before the request came into the desk, on whatever day it was received.
    came_in = date_of_receipt(case.received_at, register_of_case(case).time_zone)
    asked = asked_on(case) or _papers_asked_on(case) or came_in
    return max(asked, came_in) + HAND_OVER_AFTER


def _papers_asked_on(case: Case) -> date | None:
    """Asked for without a doubt who somebody is, which leaves no mark on the clock."""
    asked = AuditEntry.objects.filter(
        operator=case.operator_id, case=case.reference, action="authority.asked"
    ).last()
    return date_of_receipt(asked.at, register_of_case(case).time_zone) if asked else None


def _asked_since(span: timedelta) -> QuerySet[ClockEvent]:
    """Questions that the person still has time to answer."""
    since = timezone.now() - span
    return ClockEvent.objects.filter(kind=ClockEvent.Kind.PAUSED, asks_who=True, at__gt=since)

"""The clock of a case: its events in the database, its dates from `cases.law.clock`."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from cases.casework import audit
from cases.casework.mail import queue
from cases.casework.members.named import seen_by
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.law.calendars import add_months, working_days_after
from cases.law.clock import Deadline, Extension, Pause, act_by, date_of_receipt, deadline
from cases.models import Case, ClockEvent, User
from cases.models.case import Following, Right, Stage
from cases.sealed.typed import read_file

# Rights that must take effect in days, not within the month (Art. 21(3), 7(3), 18).
SHORT_RIGHTS = frozenset({Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL, Right.RESTRICTION})
# What is stopped at once has nothing to extend (Articles 7(3), 21(3)).
NEVER_EXTENDED = frozenset({Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL})

# What `set_dates` writes.
DATES = ["due_on", "act_by", "paused"]
# So many rows are a large amount, of which the person can be asked which they want (recital 63).
LARGE = 10_000

Kind = ClockEvent.Kind


def today(case: Case) -> date:
    """The operator's local date now."""
    return date_of_receipt(timezone.now(), register_of_case(case).time_zone)


def _pauses(events: list[ClockEvent]) -> tuple[Pause, ...]:
    return (
        *_spans(events, Kind.PAUSED, Kind.RESUMED),
        *_spans(events, Kind.WITHDRAWN, Kind.ASKED_AGAIN, withdrawn=True),
    )


def _spans(events: list[ClockEvent], begins: str, ends: str, *, withdrawn: bool = False) -> Iterator[Pause]:
    started: date | None = None
    for event in events:
        if event.kind == begins:
            started = event.on
        elif event.kind == ends and started:
            yield Pause(started, event.on, withdrawn)
            started = None
    if started:
        yield Pause(started, None, withdrawn)


def clock_of(case: Case) -> Deadline:
    """The due date, the extended one, and the steps that led there."""
    register = register_of_case(case)
    events = list(case.clock_events.all())
    extended = next((event for event in events if event.kind == Kind.EXTENDED), None)
    return deadline(
        case.received_on,
        register.calendars,
        pauses=_pauses(events),
        extension=Extension(extended.on) if extended else None,
        ask_limit=register.settings.pause_ask_working_days,
        extendable=case.right not in NEVER_EXTENDED,
    )


def first_due(case: Case) -> date:
    """The due date of a case that is about to be created and has no events yet."""
    return deadline(case.received_on, register_of_case(case).calendars).earliest


def set_dates(case: Case) -> None:
    """Write the computed dates onto the case, where the queue sorts by them.

    While a pause is open there is no due date in law; the earliest possible one is kept, as the safe side, and `paused`
    says that it is none.
    """
    clock, register = clock_of(case), register_of_case(case)
    case.due_on, case.paused = clock.binding or clock.earliest, clock.due is None
    if case.right in SHORT_RIGHTS:
        # Asked for again, it takes effect as soon after that day as it had to after the first.
        again = case.clock_events.filter(kind=Kind.ASKED_AGAIN).last()
        since = again.on if again else case.received_on
        case.act_by = act_by(since, register.calendars, register.settings.act_by_working_days)


def last_day(case: Case) -> date:
    """By when what is decided has to be done: the law's day, or as soon as it can be where that has passed.

    What a letter promises and the task that keeps it have this same day.
    """
    now, last, register = today(case), case.act_by or case.due_on, register_of_case(case)
    return last if last >= now else act_by(now, register.calendars, register.settings.act_by_working_days)


def start(case: Case) -> None:
    """The clock of a new case starts at receipt."""
    ClockEvent.objects.create(case=case, kind=Kind.RECEIVED, on=case.received_on)


def _event(case: Case, kind: Kind, *, by: User | None, **why: Any) -> ClockEvent:
    event = ClockEvent.objects.create(case=case, kind=kind, on=today(case), by=by, **why)
    set_dates(case)
    case.save(update_fields=DATES)
    return event


def ask_again(case: Case, *, withdrawn_on: date, on: date, by: User) -> None:
    """A locked case that was taken back is asked for again: between the two days the clock stood still."""
    ClockEvent.objects.create(case=case, kind=Kind.WITHDRAWN, on=withdrawn_on, by=by)
    ClockEvent.objects.create(case=case, kind=Kind.ASKED_AGAIN, on=on, by=by)
    set_dates(case)
    case.save(update_fields=DATES)


def is_paused(case: Case) -> bool:
    turns = [event.kind for event in case.clock_events.all() if event.kind in (Kind.PAUSED, Kind.RESUMED)]
    return turns[-1:] == [Kind.PAUSED]


@transaction.atomic
def pause(
    case: Case, *, reason: str = "", asks_who: bool = False, doubt: str = "", by: User | None = None
) -> ClockEvent:
    """Stop the clock because the person has to prove who they are, or say which of a large amount they want.

    Nothing else stops it (Article 12(6), recital 63; EDPB guidelines 01/2022). ``asks_who``: it waits for proof of who
    asks, or for whom; ``doubt``: of what, for the desk. Refusals of `keeps_from_specifying` for the other question.
    """
    case = lock(case.pk)
    if by is not None:
        require(by, case.operator, Permission.WORK_CASES)
    if case.is_closed:
        raise Refusal("closed")
    if is_paused(case):
        raise Refusal("paused-already")
    if not asks_who and (refusal := keeps_from_specifying(case)):
        raise refusal
    event = _event(case, Kind.PAUSED, by=by, reason=reason, asks_who=asks_who, doubt=doubt)
    audit.record(case, "clock.paused", by=by or audit.SYSTEM, due_on=case.due_on)
    return event


def last_to_ask(case: Case) -> date:
    """The last day on which a question still stops the clock: asked later it changes no date (`cases.law.clock`)."""
    register = register_of_case(case)
    limit = register.settings.pause_ask_working_days
    return min(working_days_after(case.received_on, limit, one) for one in register.calendars)


def keeps_from_specifying(case: Case) -> Refusal | None:
    """Why the clock can't be stopped by asking which data the person wants; None where it can."""
    if case.right != Right.ACCESS:
        return Refusal("specify-access-only")
    if today(case) > (last := last_to_ask(case)):
        return Refusal("pause-late", day=date_format(last, "DATE_FORMAT"))
    if rows_of(case) < LARGE:
        return Refusal("not-so-many", most=f"{LARGE:,}")
    return None


def rows_of(case: Case) -> int:
    """The rows that were gathered, or that sources said they have."""
    return sum(max(run.rows, run.expected or 0) for run in case.runs.all())


def recompute(case_id: int) -> bool:
    """The dates of an open case as the calendars have them now, with an entry where that changes any."""
    with transaction.atomic():
        case = lock(case_id)
        before = {name: getattr(case, name) for name in DATES}
        if case.is_closed:
            return False
        set_dates(case)
        if before == {name: getattr(case, name) for name in DATES}:
            return False
        case.save(update_fields=DATES)
        if (case.due_on, case.act_by) != (before["due_on"], before["act_by"]):
            audit.record(
                case,
                "clock.recomputed",
                by=audit.SYSTEM,
                reason="calendar",
                due_on=case.due_on,
                act_by=case.act_by,
            )
        return True


def recompute_all() -> int:
    """Every open case: a holiday that was announced meanwhile moves what is due on it. Returns how many moved."""
    every = Case.objects.exclude(stage=Stage.CLOSED).order_by("pk").values_list("pk", flat=True)
    return sum(recompute(pk) for pk in every.iterator())


@transaction.atomic
def resume(case: Case, *, by: User | None = None) -> None:
    """The person answered; the clock runs again."""
    case = lock(case.pk)
    if by is not None:
        require(by, case.operator, Permission.WORK_CASES)
    if not is_paused(case):
        raise Refusal("not-paused")
    _event(case, Kind.RESUMED, by=by)
    audit.record(case, "clock.resumed", by=by or audit.DATA_SUBJECT, due_on=case.due_on)


def not_extendable(case: Case) -> str:
    """The code of the refusal that stands against extending the case; "" where the law allows it today."""
    if case.right in NEVER_EXTENDED:
        return "no-extension"
    if any(event.kind == Kind.EXTENDED for event in case.clock_events.all()):
        return "extended-already"
    # While a pause is open there is no due date that could be over.
    due = clock_of(case).due
    return "extension-late" if due and today(case) > due else ""


def requests_of_late(case: Case, user: User) -> int:
    """How many requests came from the same mailbox in the three months before this one, and since; itself left out.

    Of those there are for this user: a number would tell of a case that is for others alone.
    """
    # The rest of a split request is no request of its own.
    case = case.follows if case.follows_as == Following.REST and case.follows else case
    since = add_months(case.received_on, -3)
    mailbox = case.submission.mailbox_digest
    # Who gave no address is not everybody else who gave none.
    same = Case.objects.filter(operator=case.operator_id, submission__mailbox_digest=mailbox).exclude(
        submission__mailbox_digest=""
    )
    same = same.exclude(pk=case.pk).exclude(follows_as=Following.REST)
    return same.filter(seen_by(user), received_on__gte=since).count()


@transaction.atomic
def extend(case: Case, *, ground: str, reason: str, by: User, tell: bool = True) -> None:
    """Two more months, once, with reasons, told inside the first month (Art. 12(3)).

    ``ground``: which of the two that the law knows. Refusal extension-ground for any other, extension-number where the
    person has sent no other request. ``tell``: False for whoever tells the person with what else was done.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if case.is_closed:
        raise Refusal("closed")
    if code := not_extendable(case):
        raise Refusal(code)
    if not reason.strip():
        raise Refusal("reason-needed")
    if ground not in ClockEvent.Ground.values:
        raise Refusal("extension-ground")
    if ground == ClockEvent.Ground.NUMBER and not requests_of_late(case, by):
        raise Refusal("extension-number")
    _event(case, Kind.EXTENDED, by=by, ground=ground, reason=reason.strip())
    audit.record(case, "clock.extended", by=by, due_on=case.due_on, rests_on=ground)
    # The extension counts only if the person is told of it, with reasons (Art. 12(3)): both commit together.
    if tell:
        queue(case.submission, "extended", to=read_file(case).email, case=case, reason=reason.strip())

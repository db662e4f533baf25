"""The clock of a case: its events in the database, its dates from `cases.law.clock`."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.mail import queue
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.law.clock import Deadline, Extension, Pause, act_by, date_of_receipt, deadline
from cases.models import Case, ClockEvent, User
from cases.models.case import Right
from cases.sealed.typed import read_file

# Rights that must take effect in days, not within the month (Art. 21(3), 7(3), 18).
SHORT_RIGHTS = frozenset({Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL, Right.RESTRICTION})
# What is stopped at once has nothing to extend (Articles 7(3), 21(3)).
NEVER_EXTENDED = frozenset({Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL})

Kind = ClockEvent.Kind


def today(case: Case) -> date:
    """The operator's local date now."""
    return date_of_receipt(timezone.now(), register_of_case(case).time_zone)


def _pauses(events: list[ClockEvent]) -> tuple[Pause, ...]:
    pauses: list[Pause] = []
    started: date | None = None
    for event in events:
        if event.kind == Kind.PAUSED:
            started = event.on
        elif event.kind == Kind.RESUMED and started:
            pauses.append(Pause(started, event.on))
            started = None
    return (*pauses, Pause(started, None)) if started else tuple(pauses)


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

    While a pause is open there is no due date in law; the earliest possible one is kept, as the safe side.
    """
    clock, register = clock_of(case), register_of_case(case)
    case.due_on = clock.binding or clock.earliest
    if case.right in SHORT_RIGHTS:
        case.act_by = act_by(case.received_on, register.calendars, register.settings.act_by_working_days)


def last_day(case: Case) -> date:
    """By when what is decided has to be done: the law's day, or as soon as it can be where that has passed.

    What a letter promises and the task that keeps it have this same day.
    """
    now, last, register = today(case), case.act_by or case.due_on, register_of_case(case)
    return last if last >= now else act_by(now, register.calendars, register.settings.act_by_working_days)


def start(case: Case) -> None:
    """The clock of a new case starts at receipt."""
    ClockEvent.objects.create(case=case, kind=Kind.RECEIVED, on=case.received_on)


def _event(case: Case, kind: Kind, *, by: User | None, **why: Any) -> None:
    ClockEvent.objects.create(case=case, kind=kind, on=today(case), by=by, **why)
    set_dates(case)
    case.save(update_fields=["due_on", "act_by"])


def is_paused(case: Case) -> bool:
    last = case.clock_events.filter(kind__in=[Kind.PAUSED, Kind.RESUMED]).last()
    return last is not None and last.kind == Kind.PAUSED


@transaction.atomic
def pause(
    case: Case, *, reason: str = "", asks_who: bool = False, doubt: str = "", by: User | None = None
) -> None:
    """Stop the clock because the person has to prove or clarify something (Art. 12(6)).

    ``asks_who``: it waits for proof of who asks, or for whom; ``doubt``: of what, for the desk.
    """
    case = lock(case.pk)
    if by is not None:
        require(by, case.operator, Permission.WORK_CASES)
    if case.is_closed:
        raise Refusal("closed")
    if is_paused(case):
        raise Refusal("paused-already")
    _event(case, Kind.PAUSED, by=by, reason=reason, asks_who=asks_who, doubt=doubt)
    audit.record(case, "clock.paused", by=by or audit.SYSTEM, due_on=case.due_on)


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
    if case.clock_events.filter(kind=Kind.EXTENDED).exists():
        return "extended-already"
    # While a pause is open there is no due date that could be over.
    due = clock_of(case).due
    return "extension-late" if due and today(case) > due else ""


@transaction.atomic
def extend(case: Case, *, reason: str, by: User) -> None:
    """Two more months, once, with reasons, told inside the first month (Art. 12(3))."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if case.is_closed:
        raise Refusal("closed")
    if code := not_extendable(case):
        raise Refusal(code)
    if not reason.strip():
        raise Refusal("reason-needed")
    _event(case, Kind.EXTENDED, by=by, reason=reason.strip())
    audit.record(case, "clock.extended", by=by, due_on=case.due_on)
    # The extension counts only if the person is told of it, with reasons (Art. 12(3)): both commit together.
    queue(case.submission, "extended", to=read_file(case).email, case=case, reason=reason.strip())

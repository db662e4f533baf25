"""When an answer is due: Art. 12(3) GDPR counted by Regulation (EEC, Euratom) 1182/71. Pure; every date has
its steps.

One month from receipt, the day of receipt not counted (Art. 3(1)), clamped to the end of a shorter month
(Art. 3(2)(c)), moved by the days the clock stood still, and rolled to the next working day (Art. 3(4)). Days
that merely close shops, such as Midsummer Eve, are working days here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cases.law.calendars import add_months, roll, roll_nationally, working_days_after
from cases.law.reasons import Step


class ClockError(ValueError):
    """Facts the clock cannot accept: `code` says why, `key` which of them; `index` counts the pauses."""

    def __init__(self, code: str, key: str, index: int = 0) -> None:
        super().__init__(code)
        self.code, self.key, self.index = code, key, index


@dataclass(frozen=True)
class Pause:
    """The clock stood still from the day the person was asked until the day of the answer; None: none came
    yet.

    `withdrawn`: from the day the person took the request back until the day they asked for it again.
    """

    start: date
    end: date | None = None
    withdrawn: bool = False


@dataclass(frozen=True)
class Extension:
    """The person was told on `noticed`, with reasons, that two more months are needed."""

    noticed: date


@dataclass(frozen=True)
class Deadline:
    """`due` and `extended_due` are None while a pause is open; `extended_due` also where no extension is
    allowed.

    `earliest` is always a date: what `due` would be had an open pause ended on the day it began.
    `lenient_due` is the day Swedish national law would allow, for information only.
    """

    due: date | None
    earliest: date
    extended_due: date | None
    lenient_due: date | None
    extended: bool
    steps: tuple[Step, ...]

    @property
    def binding(self) -> date | None:
        """The date that counts: the extended one once an extension was noticed."""
        return self.extended_due if self.extended else self.due


def deadline(
    received: date,
    calendars: Sequence[str],
    pauses: Sequence[Pause] = (),
    extension: Extension | None = None,
    *,
    ask_limit: int = 5,
    extendable: bool = True,
) -> Deadline:
    """The deadline of a request received on `received` (the operator's local date).

    `calendars` holds "SE", "DK" or both, then the earlier date counts. A pause asked for more than
    `ask_limit` working days after receipt is ignored, with a step that says so. Raises ClockError for a
    pause before receipt or one that ends before it starts, and for an extension that is forbidden, before
    receipt or later than the due date.
    """
    _check_pauses(received, pauses)
    counts = [_count(received, calendar, pauses, ask_limit) for calendar in calendars]
    # A calendar by which a pause is still open has no due date yet, and so is not the earlier one.
    first = min(counts, key=lambda count: (count.due or date.max, count.rolled))
    _check_extension(received, first.due, extension, extendable)
    extended_due = min(filter(None, (count.extended_due for count in counts)), default=None)
    if not extendable:
        extended_due = None
    # Lag (1930:173) is Swedish law, and its day is never used (docs/adr/0022).
    lenient = roll_nationally(first.unrolled) if first.due and list(calendars) == ["SE"] else None
    return Deadline(
        due=first.due,
        earliest=min(count.rolled for count in counts),
        extended_due=extended_due,
        lenient_due=lenient,
        extended=extension is not None,
        # Two calendars share most of their steps.
        steps=tuple(dict.fromkeys(_told(received, counts, first, extended_due, lenient))),
    )


def act_by(received: date, calendars: Iterable[str], working_days: int) -> date:
    """The last of `working_days` working days after `received`; with several calendars the earliest such
    day."""
    return min(working_days_after(received, working_days, calendar) for calendar in calendars)


def date_of_receipt(moment: datetime, zone: str) -> date:
    """The local date of `moment` in `zone` ("Europe/Stockholm"). Raises ValueError for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError("a moment of receipt needs a time zone")
    return moment.astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True)
class _Count:
    """The count by one calendar: the month with its pauses before and after the roll."""

    calendar: str
    unrolled: date
    rolled: date
    due: date | None
    extended_due: date | None
    steps: tuple[Step, ...]


def _count(received: date, calendar: str, pauses: Sequence[Pause], ask_limit: int) -> _Count:
    limit = working_days_after(received, ask_limit, calendar)
    # The clock stops only for a question that was asked without undue delay (EDPB guidelines 01/2022). While a request
    # is taken back there is none to answer.
    counted = [pause for pause in pauses if pause.withdrawn or pause.start <= limit]
    still = [(start, end) for start, end in _merge(counted) if start < end]
    stood = timedelta(days=sum((end - start).days for start, end in still))
    is_open = any(pause.end is None for pause in counted)
    month = add_months(received, 1)
    unrolled = month + stood
    rolled = roll(unrolled, calendar)
    # Two months from the clamped end of the first are never later than three from receipt: safe on either
    # reading.
    extended = roll(add_months(month, 2) + stood, calendar)
    steps = [_step("clock.month", month)]
    steps += [_step("clock.pause-late", pause.start, limit=limit) for pause in pauses if pause not in counted]
    steps += [_step("clock.pause", end, start=start, days=(end - start).days) for start, end in still]
    steps += [_step("clock.pause-open", pause.start) for pause in counted if pause.end is None]
    if stood:
        steps.append(_step("clock.moved", unrolled, days=stood.days))
    steps.append(_rolled_step(unrolled, rolled, calendar))
    return _Count(
        calendar=calendar,
        unrolled=unrolled,
        rolled=rolled,
        due=None if is_open else rolled,
        extended_due=None if is_open else extended,
        steps=tuple(steps),
    )


def _merge(pauses: Iterable[Pause]) -> list[tuple[date, date]]:
    """The pauses in order, those that overlap joined, so that no day counts twice; an open one has no days
    yet."""
    merged: list[tuple[date, date]] = []
    for start, end in sorted((pause.start, pause.end or pause.start) for pause in pauses):
        if merged and start <= merged[-1][1]:
            start, before = merged.pop()
            end = max(end, before)
        merged.append((start, end))
    return merged


def _check_pauses(received: date, pauses: Iterable[Pause]) -> None:
    for index, pause in enumerate(pauses):
        if pause.start < received:
            raise ClockError("pause-before-receipt", "pause", index)
        if pause.end is not None and pause.end < pause.start:
            raise ClockError("pause-backwards", "pause", index)


def _check_extension(received: date, due: date | None, extension: Extension | None, extendable: bool) -> None:
    if extension is None:
        return
    if not extendable:
        raise ClockError("extension-forbidden", "extension")
    if extension.noticed < received:
        raise ClockError("extension-before-receipt", "extension")
    if due is not None and extension.noticed > due:
        raise ClockError("extension-late", "extension")


def _step(code: str, day: date, **params: str | int | date) -> Step:
    return Step(code, tuple(params.items()), day)


def _rolled_step(unrolled: date, rolled: date, calendar: str) -> Step:
    if unrolled == rolled:
        return _step("clock.working-day", rolled, calendar=calendar)
    return _step("clock.rolled", rolled, calendar=calendar, unrolled=unrolled)


def _told(
    received: date, counts: Sequence[_Count], first: _Count, extended_due: date | None, lenient: date | None
) -> Iterable[Step]:
    yield _step("clock.received", received)
    for count in counts:
        yield from count.steps
    if len(counts) > 1 and first.due:
        yield _step("clock.earlier", first.due, calendar=first.calendar)
    if lenient and lenient != first.due:
        yield _step("clock.lenient", lenient)
    if extended_due:
        yield _step("clock.extended", extended_due)

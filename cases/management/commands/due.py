"""The due date of a request, and how it comes about: no database, no network."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from cases.law.clock import ClockError, Deadline, Pause, deadline
from cases.law.reasons import say

CALENDARS = {"SE": ("SE",), "DK": ("DK",), "SE+DK": ("SE", "DK")}
REASONS = {"pause-before-receipt": "starts before RECEIVED", "pause-backwards": "ends before it starts"}
BAD_INPUT = 2


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"`{text}` is not a date such as 2026-11-02") from None
    if not 1950 <= day.year <= 2200:
        raise ArgumentTypeError(f"`{text}` does not lie between 1950 and 2200")
    return day


def _pause(text: str) -> Pause:
    start, colon, end = text.partition(":")
    if not colon:
        raise ArgumentTypeError(f"`{text}` is not FROM:TO, nor FROM: for a pause still open")
    return Pause(_day(start), _day(end) if end else None)


class Command(BaseCommand):
    help = "Print when an answer is due, and the steps that led there."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("received", type=_day, metavar="RECEIVED", help="the operator's local date")
        parser.add_argument("--calendar", choices=CALENDARS, required=True, help="SE+DK: the earlier of both")
        parser.add_argument("--pause", type=_pause, action="append", default=[], metavar="FROM:TO")
        parser.add_argument("--extended", action="store_true", help="print the date with an extension")
        parser.add_argument("--json", action="store_true")

    def handle(
        self, *_: Any, received: date, calendar: str, pause: list[Pause], extended: bool, **options: Any
    ) -> None:
        try:
            clock = deadline(received, CALENDARS[calendar], pause)
        except ClockError as error:
            self.stderr.write(f"--pause: {REASONS[error.code]}")
            raise SystemExit(BAD_INPUT) from None
        self.stdout.write(_json(clock) if options["json"] else _text(clock, extended=extended))


def _text(clock: Deadline, *, extended: bool) -> str:
    day = clock.extended_due if extended else clock.due
    first = str(day) if day else f"not running: a pause is open; not before {clock.earliest}"
    return "\n".join([first, *(f"  {say(step)}" for step in clock.steps)])


def _json(clock: Deadline) -> str:
    return json.dumps(
        {
            "due": clock.due,
            "extended_due": clock.extended_due,
            "earliest": clock.earliest,
            "lenient_due": clock.lenient_due,
            "steps": [
                {"code": step.code, "date": step.day, **dict(step.params), "text": say(step)}
                for step in clock.steps
            ],
        },
        default=str,
    )

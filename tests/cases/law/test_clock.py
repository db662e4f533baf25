"""The clock against worked examples: each row can be checked with a calendar in hand."""

from datetime import UTC, date, datetime

import pytest

from cases.law.clock import ClockError, Deadline, Extension, Pause, act_by, date_of_receipt, deadline
from tests.cases.law.facts import day


def due(received: str, calendar: str, *pauses: tuple[str, str | None], **more: object) -> Deadline:
    stops = [Pause(day(start), day(end) if end else None) for start, end in pauses]
    return deadline(day(received), calendar.split("+"), stops, **more)  # type: ignore[arg-type]


def codes(clock: Deadline) -> list[str]:
    return [step.code.removeprefix("clock.") for step in clock.steps]


@pytest.mark.parametrize(
    ("received", "calendar", "expected", "extended"),
    [
        ("2026-01-31", "SE", "2026-03-02", "2026-04-28"),  # no 31 February; a Saturday; extended from 28, not 31
        ("2026-03-31", "SE", "2026-04-30", "2026-06-30"),  # thirty days
        ("2026-05-19", "SE", "2026-06-19", "2026-08-19"),  # Midsummer Eve is no public holiday
        ("2026-05-20", "SE", "2026-06-22", "2026-08-20"),  # Midsummer Day is
        ("2026-11-24", "DK", "2026-12-24", "2027-02-24"),  # shops close on Christmas Eve, but it is a working day
        ("2026-03-02", "DK", "2026-04-07", "2026-06-02"),  # five holidays in a row from Maundy Thursday
        ("2026-03-02", "SE", "2026-04-02", "2026-06-02"),  # Maundy Thursday is a working day in Sweden
        ("2023-04-05", "DK", "2023-05-08", "2023-07-05"),  # the Great Prayer Day was still kept
        ("2024-03-26", "DK", "2024-04-26", "2024-06-26"),  # and since 2024 no longer
        ("2026-05-05", "DK", "2026-06-05", "2026-08-05"),  # Constitution Day
        ("2026-04-25", "DK", "2026-05-26", "2026-07-27"),  # Whit Monday
        ("2026-04-25", "SE", "2026-05-25", "2026-07-27"),  # no holiday in Sweden any more
        ("2026-05-06", "SE", "2026-06-08", "2026-08-06"),  # National Day is a Saturday
        ("2024-01-31", "SE", "2024-02-29", "2024-04-29"),  # a leap year
        ("2026-11-30", "SE", "2026-12-30", "2027-03-01"),  # extended: 28 February is a Sunday
        ("2025-12-01", "SE", "2026-01-02", "2026-03-02"),  # New Year's Day
        ("2026-12-06", "DK", "2027-01-06", "2027-03-08"),
        ("2026-12-06", "SE", "2027-01-07", "2027-03-08"),  # Epiphany
        ("2026-03-02", "SE+DK", "2026-04-02", "2026-06-02"),  # the earlier of both
        ("2026-12-06", "SE+DK", "2027-01-06", "2027-03-08"),
    ],
)  # fmt: skip
def test_the_month_and_its_extension(received: str, calendar: str, expected: str, extended: str) -> None:
    clock = due(received, calendar)
    assert (clock.due, clock.extended_due) == (day(expected), day(extended))
    assert clock.earliest == clock.due
    assert clock.binding == clock.due


@pytest.mark.parametrize(
    ("received", "lenient"),
    [
        ("2026-05-19", "2026-06-22"),
        ("2026-11-24", "2026-12-28"),
        ("2026-11-30", "2026-12-30"),
        ("2027-11-30", "2027-12-30"),
        ("2026-12-31", "2027-02-01"),
        ("2025-11-30", "2025-12-30"),
        ("2024-11-30", "2024-12-30"),
        ("2021-11-30", "2021-12-30"),
        ("2025-12-01", "2026-01-02"),
    ],
)
def test_the_day_swedish_law_would_allow_is_only_information(received: str, lenient: str) -> None:
    clock = due(received, "SE")
    assert clock.lenient_due == day(lenient)
    assert ("lenient" in codes(clock)) == (clock.lenient_due != clock.due)


def test_new_years_eve_is_lenient_too() -> None:
    clock = due("2026-11-30", "SE", ("2026-11-30", "2026-12-01"))
    assert clock.due == day("2026-12-31")
    assert clock.lenient_due == day("2027-01-04")


@pytest.mark.parametrize("calendar", ["DK", "SE+DK", "DK+SE"])
def test_no_lenient_day_outside_sweden(calendar: str) -> None:
    clock = due("2026-05-19", calendar)
    assert clock.lenient_due is None
    assert "lenient" not in codes(clock)


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ([("2026-03-04", "2026-03-14")], "2026-04-13"),  # ten days, to a Sunday, to Monday
        ([("2026-03-02", "2026-03-03")], "2026-04-07"),  # asked on the day of receipt
        ([("2026-03-04", "2026-03-14"), ("2026-03-09", "2026-03-16")], "2026-04-14"),  # overlapping: twelve days
        ([("2026-03-09", "2026-03-16"), ("2026-03-04", "2026-03-14")], "2026-04-14"),  # in any order
        ([("2026-03-03", "2026-03-20"), ("2026-03-04", "2026-03-05")], "2026-04-20"),  # one inside the other
        ([("2026-03-03", "2026-03-05"), ("2026-03-05", "2026-03-13")], "2026-04-13"),  # end to end: ten days
        ([("2026-03-03", "2026-03-08"), ("2026-03-09", "2026-03-14")], "2026-04-13"),  # apart: five and five
        ([("2026-03-09", "2026-03-20")], "2026-04-13"),  # the fifth working day still counts
        ([("2026-03-10", "2026-03-20")], "2026-04-07"),  # the sixth does not
        ([("2026-03-04", "2026-03-14"), ("2026-03-10", "2026-03-20")], "2026-04-13"),
        ([("2026-03-04", "2026-03-04")], "2026-04-07"),  # answered at once
    ],
)  # fmt: skip
def test_a_clock_that_stood_still(pauses: list[tuple[str, str | None]], expected: str) -> None:
    assert due("2026-03-02", "DK", *pauses).due == day(expected)


def test_the_extended_date_moves_with_the_pause() -> None:
    assert due("2026-03-02", "DK", ("2026-03-04", "2026-03-14")).extended_due == day("2026-06-12")
    clock = due("2026-01-31", "SE", ("2026-02-02", "2026-02-05"), extension=Extension(day("2026-02-20")))
    assert (clock.due, clock.extended_due, clock.binding) == (
        day("2026-03-03"), day("2026-05-04"), day("2026-05-04"),
    )  # fmt: skip


def test_the_limit_for_asking_is_the_operators() -> None:
    late = ("2026-03-06", "2026-03-16")
    assert due("2026-03-02", "SE", late, ask_limit=3).due == day("2026-04-02")
    assert due("2026-03-02", "SE", late, ask_limit=4).due == day("2026-04-13")


def test_working_days_for_asking_skip_holidays() -> None:
    asked = ("2026-04-09", "2026-04-19")  # the fifth working day in Sweden, the fourth in Denmark
    assert due("2026-03-31", "SE", asked, ask_limit=5).due == day("2026-05-11")
    assert due("2026-03-31", "SE", asked, ask_limit=4).due == day("2026-04-30")
    assert due("2026-03-31", "DK", asked, ask_limit=4).due == day("2026-05-11")
    assert due("2026-03-31", "DK", asked, ask_limit=3).due == day("2026-04-30")


def test_two_calendars_each_count_wholly_by_themselves() -> None:
    clock = due("2026-03-31", "SE+DK", ("2026-04-09", "2026-04-19"), ask_limit=4)
    assert clock.due == day("2026-04-30")  # too late by the Swedish count, which so has the earlier date
    assert codes(clock) == [
        "received", "month", "pause-late", "working-day", "pause", "moved", "rolled", "earlier", "extended",
    ]  # fmt: skip


def test_an_open_pause_leaves_no_due_date() -> None:
    clock = due("2026-03-02", "DK", ("2026-03-04", None))
    assert (clock.due, clock.extended_due, clock.lenient_due, clock.binding) == (None, None, None, None)
    assert clock.earliest == day("2026-04-07")
    assert codes(clock) == ["received", "month", "pause-open", "rolled"]


def test_an_open_pause_keeps_what_an_earlier_one_gave() -> None:
    clock = due("2026-03-02", "DK", ("2026-03-04", "2026-03-14"), ("2026-03-09", None))
    assert (clock.due, clock.earliest) == (None, day("2026-04-13"))


def test_an_open_pause_asked_too_late_does_not_stop_the_clock() -> None:
    clock = due("2026-03-02", "DK", ("2026-03-10", None))
    assert clock.due == day("2026-04-07")
    assert codes(clock) == ["received", "month", "pause-late", "rolled", "extended"]


def test_an_open_pause_by_one_calendar_only() -> None:
    clock = due("2026-03-31", "SE+DK", ("2026-04-09", None), ask_limit=4)
    assert (clock.due, clock.extended_due) == (day("2026-04-30"), day("2026-06-30"))


def test_steps_tell_the_whole_way() -> None:
    clock = due("2026-03-02", "DK", ("2026-03-04", "2026-03-14"))
    told = [(step.code, step.day, dict(step.params)) for step in clock.steps]
    assert told == [
        ("clock.received", day("2026-03-02"), {}),
        ("clock.month", day("2026-04-02"), {}),
        ("clock.pause", day("2026-03-14"), {"start": day("2026-03-04"), "days": 10}),
        ("clock.moved", day("2026-04-12"), {"days": 10}),
        ("clock.rolled", day("2026-04-13"), {"calendar": "DK", "unrolled": day("2026-04-12")}),
        ("clock.extended", day("2026-06-12"), {}),
    ]


def test_steps_of_both_calendars_and_of_the_information() -> None:
    told = [(step.code, step.day, dict(step.params)) for step in due("2026-03-02", "SE+DK").steps]
    assert told[2:5] == [
        ("clock.working-day", day("2026-04-02"), {"calendar": "SE"}),
        ("clock.rolled", day("2026-04-07"), {"calendar": "DK", "unrolled": day("2026-04-02")}),
        ("clock.earlier", day("2026-04-02"), {"calendar": "SE"}),
    ]
    lenient = due("2026-05-19", "SE").steps[-2]
    assert (lenient.code, lenient.day) == ("clock.lenient", day("2026-06-22"))
    late = due("2026-03-02", "SE", ("2026-03-10", "2026-03-11")).steps[2]
    assert (late.code, late.day, dict(late.params)) == (
        "clock.pause-late", day("2026-03-10"), {"limit": day("2026-03-09")},
    )  # fmt: skip
    waiting = due("2026-03-02", "SE", ("2026-03-04", None)).steps[2]
    assert (waiting.code, waiting.day) == ("clock.pause-open", day("2026-03-04"))


def test_a_right_without_extension() -> None:
    clock = due("2026-05-19", "SE", extendable=False)
    assert (clock.due, clock.extended_due, clock.binding) == (day("2026-06-19"), None, day("2026-06-19"))
    assert "extended" not in codes(clock)


@pytest.mark.parametrize("noticed", ["2026-11-02", "2026-12-02"])
def test_an_extension_noticed_inside_the_first_month(noticed: str) -> None:
    clock = due("2026-11-02", "SE", extension=Extension(day(noticed)))
    assert clock.extended
    assert clock.due == day("2026-12-02")
    assert clock.binding == day("2027-02-02")
    assert not due("2026-11-02", "SE").extended


def test_an_extension_while_a_pause_is_open_is_in_time() -> None:
    clock = due("2026-11-02", "SE", ("2026-11-03", None), extension=Extension(day("2026-12-20")))
    assert clock.extended
    assert clock.binding is None


@pytest.mark.parametrize(
    ("more", "code", "key", "index"),
    [
        ({"extension": Extension(date(2026, 12, 3))}, "extension-late", "extension", 0),
        ({"extension": Extension(date(2026, 11, 1))}, "extension-before-receipt", "extension", 0),
        (
            {"extension": Extension(date(2026, 11, 9)), "extendable": False},
            "extension-forbidden", "extension", 0,
        ),
        (
            {"pauses": [Pause(date(2026, 11, 3)), Pause(date(2026, 11, 1), date(2026, 11, 9))]},
            "pause-before-receipt", "pause", 1,
        ),
        (
            {"pauses": [Pause(date(2026, 11, 3)), Pause(date(2026, 11, 9), date(2026, 11, 8))]},
            "pause-backwards", "pause", 1,
        ),
    ],
)  # fmt: skip
def test_what_the_clock_refuses(more: dict[str, object], code: str, key: str, index: int) -> None:
    with pytest.raises(ClockError) as refused:
        deadline(date(2026, 11, 2), ["SE"], **more)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.key, refused.value.index) == (code, key, index)
    assert str(refused.value) == code


@pytest.mark.parametrize(
    ("received", "calendars", "days", "expected"),
    [
        ("2026-11-02", ["SE"], 3, "2026-11-05"),
        ("2026-10-30", ["SE"], 1, "2026-11-02"),  # over a weekend with All Saints
        ("2026-04-01", ["SE"], 3, "2026-04-08"),
        ("2026-04-01", ["DK"], 3, "2026-04-09"),
        ("2026-04-01", ["SE", "DK"], 3, "2026-04-08"),
        ("2026-11-01", ["SE"], 0, "2026-11-01"),
    ],
)
def test_measures_that_cannot_wait(received: str, calendars: list[str], days: int, expected: str) -> None:
    assert act_by(day(received), calendars, days) == day(expected)


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2026-11-02T22:59:00", "Europe/Stockholm", "2026-11-02"),
        ("2026-11-02T23:00:00", "Europe/Stockholm", "2026-11-03"),
        ("2026-07-02T22:00:00", "Europe/Copenhagen", "2026-07-03"),  # summer time
        ("2026-11-02T23:00:00", "UTC", "2026-11-02"),
    ],
)
def test_the_operators_time_zone_decides_the_day_of_receipt(moment: str, zone: str, expected: str) -> None:
    assert date_of_receipt(datetime.fromisoformat(moment).replace(tzinfo=UTC), zone) == day(expected)


def test_a_moment_without_a_time_zone_is_no_receipt() -> None:
    with pytest.raises(ValueError, match=r"^a moment of receipt needs a time zone$"):
        date_of_receipt(datetime(2026, 11, 2, 12, 0), "Europe/Stockholm")

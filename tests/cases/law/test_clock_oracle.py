"""The clock against a second opinion that shares no code with it.

The oracle walks day by day, finds Easter by Gauss, and knows the holidays from the statutes.
"""

import calendar
import os
import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.law.clock import Pause, deadline

ONE = timedelta(days=1)
SOAK = bool(os.environ.get("SOAK"))


def easter(year: int) -> date:
    a, b, c = year % 19, year % 4, year % 7
    k = year // 100
    m = (15 - (13 + 8 * k) // 25 + k - k // 4) % 30
    n = (4 + k - k // 4) % 7
    d = (19 * a + m) % 30
    e = (2 * b + 4 * c + 6 * d + n) % 7
    if (d, e) == (29, 6) or ((d, e) == (28, 6) and (11 * m + 11) % 30 < 19):
        d -= 7
    return date(year, 3, 22) + timedelta(days=d + e)


def is_holiday(day: date, country: str) -> bool:
    after_easter = (day - easter(day.year)).days
    if (day.month, day.day) in {(1, 1), (12, 25), (12, 26)} or after_easter in {-2, 0, 1, 39, 49}:
        return True
    if country == "DK":
        return after_easter in {-3, 50} or (after_easter == 26 and day.year < 2024)
    saturday = day.weekday() == 5
    midsummer = saturday and day.month == 6 and 20 <= day.day <= 26
    all_saints = saturday and ((day.month, day.day) == (10, 31) or (day.month == 11 and day.day <= 6))
    return midsummer or all_saints or (day.month, day.day) in {(1, 6), (5, 1), (6, 6)}


def works(day: date, country: str) -> bool:
    return day.isoweekday() <= 5 and not is_holiday(day, country)


def months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def next_working(day: date, country: str) -> date:
    return day if works(day, country) else next_working(day + ONE, country)


def oracle(received: date, country: str, pauses: list[tuple[date, date]], limit: int) -> tuple[date, date]:
    last_ask, left = received, limit
    while left:
        last_ask += ONE
        left -= works(last_ask, country)
    stood: set[date] = set()
    for start, end in pauses:
        if start <= last_ask:
            stood |= {start + timedelta(days=n) for n in range((end - start).days)}
    still = timedelta(days=len(stood))
    either = min(months_on(received, 3), months_on(months_on(received, 1), 2))
    return next_working(months_on(received, 1) + still, country), next_working(either + still, country)


def agrees(received: date, calendars: tuple[str, ...], pauses: list[tuple[date, date]], limit: int) -> None:
    clock = deadline(received, calendars, [Pause(*pause) for pause in pauses], ask_limit=limit)
    wanted = [oracle(received, country, pauses, limit) for country in calendars]
    assert clock.due == min(due for due, _ in wanted)
    assert clock.extended_due == min(extended for _, extended in wanted)


days = st.dates(date(2006, 1, 1), date(2060, 12, 31))
lengths = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 90)), max_size=4)
countries = st.sampled_from([("SE",), ("DK",), ("SE", "DK"), ("DK", "SE")])


@given(days, countries, lengths, st.integers(0, 10))
@settings(max_examples=400, deadline=None)
def test_two_independent_counts_agree(
    received: date, calendars: tuple[str, ...], spans: list[tuple[int, int]], limit: int
) -> None:
    starts = [(received + timedelta(days=start), length) for start, length in spans]
    agrees(received, calendars, [(start, start + timedelta(days=n)) for start, n in starts], limit)


@given(days, countries)
@settings(max_examples=200, deadline=None)
def test_a_due_date_is_a_working_day_no_sooner_than_the_month(
    received: date, calendars: tuple[str, ...]
) -> None:
    clock = deadline(received, calendars)
    assert clock.due is not None
    assert clock.extended_due is not None
    assert any(works(clock.due, country) for country in calendars)
    assert months_on(received, 1) <= clock.due < months_on(received, 1) + timedelta(days=6)
    assert clock.due < clock.extended_due
    assert clock.extended_due < months_on(received, 3) + timedelta(days=6)


@pytest.mark.soak
@pytest.mark.parametrize("country", ["SE", "DK"])
def test_every_day_of_sixty_years(country: str) -> None:
    day = date(2005, 6, 1)
    while day.year < (2065 if SOAK else 2030):
        agrees(day, (country,), [], 5)
        day += ONE


@pytest.mark.soak
@pytest.mark.skipif(not SOAK, reason="make soak")
@pytest.mark.timeout(1200)
def test_a_hundred_thousand_random_cases() -> None:
    dice = random.Random(1182_71)
    for _ in range(100_000):
        received = date(2006, 1, 1) + timedelta(days=dice.randrange(20_000))
        calendars = dice.choice([("SE",), ("DK",), ("SE", "DK")])
        starts = [received + timedelta(days=dice.randrange(15)) for _ in range(dice.randrange(4))]
        pauses = [(start, start + timedelta(days=dice.randrange(60))) for start in starts]
        agrees(received, calendars, pauses, dice.randrange(11))

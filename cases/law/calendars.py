"""Working days and months, as Regulation 1182/71 and the national calendars have them on each date."""

from datetime import date, timedelta
from functools import lru_cache

import holidays
from dateutil.relativedelta import relativedelta

DAY = timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month where it is shorter."""
    return day + relativedelta(months=months)


def is_working_day(day: date, country: str) -> bool:
    """Neither a Saturday, a Sunday nor a public holiday as the law of `country` ("SE", "DK") stood on that
    day."""
    return day.weekday() < 5 and day not in _public_holidays(country, day.year)


def roll(day: date, country: str) -> date:
    """`day`, or the next working day after it (Art. 3(4))."""
    while not is_working_day(day, country):
        day += DAY
    return day


def roll_nationally(day: date) -> date:
    """As `roll` in Sweden, and over the three eves too: lag (1930:173) 2 §, for periods of national law
    only."""
    while day in _eves(day.year) or not is_working_day(day, "SE"):
        day += DAY
    return day


def working_days_after(day: date, count: int, country: str) -> date:
    """The last of `count` working days after `day`, which itself is not counted."""
    for _ in range(count):
        day = roll(day + DAY, country)
    return day


@lru_cache(maxsize=1024)
def _public_holidays(country: str, year: int) -> frozenset[date]:
    # Told nothing else, the Swedish calendar lists every Sunday; Sundays are judged by weekday here.
    if country == "SE":
        return frozenset(holidays.country_holidays(country, years=year, include_sundays=False))
    # By the year: Denmark's Store bededag is a holiday until 2023 and none since.
    return frozenset(holidays.country_holidays(country, years=year))


@lru_cache(maxsize=1024)
def _eves(year: int) -> frozenset[date]:
    return frozenset(
        holidays.country_holidays("SE", years=year, categories=("de_facto",), include_sundays=False)
    )

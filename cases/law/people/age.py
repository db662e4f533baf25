"""How old somebody is, as a national number tells it. Nothing of it is kept: it is counted anew where it is asked."""

from datetime import date, timedelta
from typing import NamedTuple

from cases.law.situation import Country

OF_AGE = 18
# The day in a Swedish number may be a neighbouring one (folkbokföringslagen 18 §): it proves no date of birth.
NEIGHBOURING = timedelta(days=15)
COORDINATION = 60


class Ages(NamedTuple):
    """The least and the most years somebody has lived; two of them differ only close to a birthday."""

    least: int
    most: int


def ages(number: str, country: Country, on: date) -> Ages | None:
    """By a 12-digit personnummer or samordningsnummer, or a 10-digit CPR number; None where it names no such day."""
    born = _born_swedish(number) if country == "SE" else _born_danish(number)
    if born is None:
        return None
    slack = NEIGHBOURING if country == "SE" else timedelta(0)
    return Ages(years(born + slack, on), years(born - slack, on))


def years(born: date, on: date) -> int:
    """Whole years; somebody born on 29 February is a year older on 1 March."""
    return max(on.year - born.year - ((on.month, on.day) < (born.month, born.day)), 0)


def _born_swedish(number: str) -> date | None:
    day = int(number[6:8])
    return _date(int(number[:4]), int(number[4:6]), day - COORDINATION if day > COORDINATION else day)


def _born_danish(number: str) -> date | None:
    year, seventh = int(number[4:6]), int(number[6])
    return _date(_century(year, seventh) + year, int(number[2:4]), int(number[:2]))


def _century(year: int, seventh: int) -> int:
    """By the seventh digit, together with the year (CPR-kontoret)."""
    if seventh <= 3:
        return 1900
    if seventh in (4, 9):
        return 2000 if year <= 36 else 1900
    return 2000 if year <= 57 else 1800


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None

"""Children by age and country, and people who have died: the tables of the law."""

from datetime import date

import pytest

from cases.law.people.age import Ages, ages, years
from cases.law.people.children import Asker, May, may_ask
from cases.law.people.deceased import last_day, reach
from cases.law.situation import Country, Right

TODAY = date(2026, 11, 30)
CHILD, CUSTODIAN = Asker.CHILD, Asker.CUSTODIAN


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("201206152397", "SE", Ages(14, 14)),
        ("201212012390", "SE", Ages(13, 14)),  # turns 14 tomorrow, or a day close by
        ("201211252393", "SE", Ages(13, 14)),
        ("200806752396", "SE", Ages(18, 18)),  # a samordningsnummer: sixty is added to the day
        ("1506124123", "DK", Ages(14, 14)),
        ("0112124123", "DK", Ages(13, 13)),  # a CPR number has the true day
        ("3011124123", "DK", Ages(14, 14)),
        ("0101361234", "DK", Ages(90, 90)),  # 0-3: the twentieth century
        ("0101374234", "DK", Ages(89, 89)),  # 4 and 9 up to 36: this one
        ("0101364234", "DK", Ages(0, 0)),
        ("0101585234", "DK", Ages(168, 168)),  # 5-8 from 58: the nineteenth
        ("201202302397", "SE", None),
        ("3102124123", "DK", None),
    ],
)
def test_a_number_tells_how_old_somebody_is(number: str, country: Country, expected: Ages | None) -> None:
    assert ages(number, country, TODAY) == expected


def test_a_birthday_on_leap_day_is_kept_in_march() -> None:
    assert years(date(2012, 2, 29), date(2026, 2, 28)) == 13
    assert years(date(2012, 2, 29), date(2026, 3, 1)) == 14


@pytest.mark.parametrize(
    ("asker", "age", "country", "right", "custodians", "may", "hear"),
    [
        # A child by itself: the older, the more by itself; never a plain no.
        (CHILD, 6, "SE", Right.ACCESS, 1, May.WEIGHED, False),
        (CHILD, 11, "DK", Right.ERASURE, 1, May.WEIGHED, False),
        (CHILD, 12, "SE", Right.ACCESS, 1, May.WEIGHED, False),
        (CHILD, 14, "DK", Right.ACCESS, 2, May.WEIGHED, False),
        (CHILD, 15, "SE", Right.ERASURE, 2, May.YES, False),
        (CHILD, 17, "DK", Right.ACCESS, 1, May.YES, False),
        (CHILD, 18, "SE", Right.ACCESS, 1, May.YES, False),
        # What only stops a use harms no child, and waits for nobody.
        (CHILD, 9, "SE", Right.MARKETING_OBJECTION, 1, May.YES, False),
        (CHILD, 9, "DK", Right.CONSENT_WITHDRAWAL, 1, May.YES, False),
        (CUSTODIAN, 6, "DK", Right.MARKETING_OBJECTION, 2, May.YES, False),
        # One custodian for a small child.
        (CUSTODIAN, 6, "SE", Right.ACCESS, 1, May.YES, False),
        (CUSTODIAN, 11, "DK", Right.ERASURE, 1, May.YES, False),
        # Two: each may learn what there is; what is more they decide together.
        (CUSTODIAN, 6, "SE", Right.ACCESS, 2, May.YES, False),
        (CUSTODIAN, 6, "DK", Right.ACCESS, 2, May.YES, False),
        (CUSTODIAN, 6, "DK", Right.PORTABILITY, 2, May.YES, False),
        (CUSTODIAN, 6, "SE", Right.ERASURE, 2, May.TOGETHER, False),
        (CUSTODIAN, 6, "DK", Right.RECTIFICATION, 2, May.TOGETHER, False),
        (CUSTODIAN, 13, "DK", Right.ERASURE, 2, May.TOGETHER, True),
        # The child's own will, growing.
        (CUSTODIAN, 12, "SE", Right.ACCESS, 1, May.WEIGHED, True),
        (CUSTODIAN, 14, "DK", Right.ACCESS, 2, May.WEIGHED, True),
        (CUSTODIAN, 15, "SE", Right.ACCESS, 1, May.WEIGHED, True),
        (CUSTODIAN, 17, "DK", Right.ERASURE, 2, May.WEIGHED, True),
        # And then custody is over.
        (CUSTODIAN, 18, "SE", Right.ACCESS, 1, May.NO, False),
        (CUSTODIAN, 40, "DK", Right.ERASURE, 2, May.NO, False),
    ],
)
def test_who_may_use_a_childs_right(
    asker: Asker, age: int, country: Country, right: Right, custodians: int, may: May, hear: bool
) -> None:
    answer = may_ask(asker, Ages(age, age), country, right, custodians=custodians)
    assert (answer.may, answer.hear_child) == (may, hear)


def test_close_to_a_birthday_the_more_careful_age_counts() -> None:
    """Nobody younger asks alone, and nobody older is asked for against their will."""
    assert may_ask(CHILD, Ages(14, 15), "SE", Right.ACCESS).may is May.WEIGHED
    assert may_ask(CUSTODIAN, Ages(11, 12), "SE", Right.ACCESS).hear_child
    assert may_ask(CUSTODIAN, Ages(17, 18), "SE", Right.ACCESS).may is May.NO


@pytest.mark.parametrize(
    ("country", "died", "on", "applies"),
    [
        ("SE", date(2026, 11, 1), TODAY, False),
        ("SE", date(1990, 1, 1), TODAY, False),
        ("DK", date(2026, 11, 1), TODAY, True),
        ("DK", date(2016, 11, 30), TODAY, True),  # the last day
        ("DK", date(2016, 11, 29), TODAY, False),
        ("DK", date(2016, 2, 29), date(2026, 2, 28), True),
        ("DK", date(2016, 2, 29), date(2026, 3, 1), False),
    ],
)
def test_how_far_the_law_reaches_after_a_death(country: Country, died: date, on: date, applies: bool) -> None:
    found = reach(country, died, on)
    assert found.applies is applies
    assert found.last == (last_day(died) if country == "DK" else None)

"""Whether data protection law reaches somebody who has died.

The regulation does not (recital 27). Denmark's own law keeps it in force for ten years after the death
(databeskyttelsesloven § 2, stk. 5); Sweden has no such rule.
"""

from dataclasses import dataclass
from datetime import date

from cases.law.reasons import Reason, reason
from cases.law.situation import Country

DANISH_YEARS = 10


@dataclass(frozen=True)
class Reach:
    """Whether the law applies on the day asked about, why, and the last day on which it does, if there is one."""

    applies: bool
    why: Reason
    last: date | None = None


def reach(country: Country, died: date, on: date) -> Reach:
    """``country``: the operator's, whose law it is."""
    if country == "SE":
        return Reach(False, reason("deceased.sweden"))
    last = last_day(died)
    if on <= last:
        return Reach(True, reason("deceased.denmark", until=last), last)
    return Reach(False, reason("deceased.denmark-over", until=last), last)


def last_day(died: date) -> date:
    """The same day ten years on; after 29 February the last of that month."""
    try:
        return died.replace(year=died.year + DANISH_YEARS)
    except ValueError:
        return died.replace(year=died.year + DANISH_YEARS, day=28)

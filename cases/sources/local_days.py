"""The operator's local day of a moment in a source's rows."""

import re
from collections.abc import Callable
from datetime import date, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from cases.casework.operators import register_of_case
from cases.models import Case
from cases.sources.configured import source_of
from connectors.contract.base import moment

_TO_THE_SECOND = re.compile(r"(\d{4}-\d\d-\d\dT\d\d):[0-5]\d:[0-5]\d(?:\.\d+)?(Z|[+-]\d\d(?::\d\d)?)?")


def local_days(case: Case, source: str) -> Callable[[object], date | None]:
    """The operator's local day of a moment in this source's rows; None for what is no moment."""
    zone = ZoneInfo(register_of_case(case).time_zone)
    source_zone = source_of(case.operator_id, source).zone or zone

    def day_of(value: object) -> date | None:
        found = _TO_THE_SECOND.fullmatch(value) if isinstance(value, str) else None
        shared = _day_of_hour(found[1], found[2] or "", source_zone, zone) if found else None
        return shared or _day(value, source_zone, zone)

    return day_of


# Rows come by the million and share their hours: an hour that lies within one day is worked out once.
@lru_cache(maxsize=100_000)
def _day_of_hour(hour: str, offset: str, source_zone: tzinfo, zone: tzinfo) -> date | None:
    first, last = (_day(f"{hour}:{end}{offset}", source_zone, zone) for end in ("00:00", "59:59"))
    return first if first == last else None


def _day(value: object, source_zone: tzinfo, zone: tzinfo) -> date | None:
    instant = moment(value, source_zone)
    return instant.astimezone(zone).date() if instant else None

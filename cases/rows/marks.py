"""What a verdict may depend on, read off a gathered row: its local day, its kind, and what is flagged about it."""

import re
from collections.abc import Callable, Mapping
from datetime import date, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cases.casework.operators import register_of_case
from cases.models import Run
from cases.sources.configured import collection_of, source_of
from connectors.contract.base import moment

_TO_THE_SECOND = re.compile(r"(\d{4}-\d\d-\d\dT\d\d):[0-5]\d:[0-5]\d(?:\.\d+)?(Z|[+-]\d\d(?::\d\d)?)?")


class Marks(NamedTuple):
    """The part of a signature (`situation.Row`) that stands in the row itself, in the same order."""

    kind: str
    at: date | None
    claim: bool
    hidden_number: bool
    other_person: bool


MarksReader = Callable[[Mapping[str, object]], Marks]


def marks_reader(run: Run) -> MarksReader:
    """Turns a parsed row of this run into its marks. Raises SourceGarbage for a moment that is none."""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    day_of, at = local_days(run), collection.at or ""
    kind_of, claim_of = collection.record_kind.of, collection.claim.of
    hidden_of, other_of = collection.hidden_number.of, collection.other_person.of

    def read(row: Mapping[str, object]) -> Marks:
        return Marks(kind_of(row) or "", day_of(row.get(at)), claim_of(row), hidden_of(row), other_of(row))

    return read


def local_days(run: Run) -> Callable[[object], date | None]:
    """The operator's local day of a moment in this run's rows; None for what is no moment."""
    zone = ZoneInfo(register_of_case(run.case).time_zone)
    # Where a source states no zone its times have none to lack: they are days, or have their own.
    source_zone = source_of(run.case.operator_id, run.source).zone or zone

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

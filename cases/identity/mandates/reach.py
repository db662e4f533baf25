"""The days that an accepted authority covers: rows of other days are not gathered, whatever right was asked."""

from collections.abc import Sequence

from cases.models import Case
from cases.sources.local_days import local_days
from connectors.description.collection import Collection
from connectors.rows.graph import parsed


def within(case: Case, source: str, collection: Collection, lines: Sequence[bytes]) -> Sequence[bytes]:
    """The lines that the authority covers: all of them where it has no limit, or the rows did not happen at a time.

    What stands, such as a customer card, is told with whatever is given. A row without a day among rows that happened
    may be of any day, and is left out.
    """
    authority = case.authority
    if authority is None or collection.at is None or collection.interval not in (True, None):
        return lines
    first, last = authority.covers_from, authority.covers_until
    if first is None and last is None:
        return lines
    day_of, at = local_days(case, source), collection.at

    def covered(line: bytes) -> bool:
        day = day_of(parsed(line).get(at))
        return day is not None and (first is None or first <= day) and (last is None or day <= last)

    return [line for line in lines if covered(line)]

"""Since when, until when: what may be believed about the time in which an identifier was the person's.

A number, an address or a device passes from person to person. Sources that tell an interval of it are believed; who
tells the value alone (a card with a contact number, a proven mailbox, a caseworker) tells whose it is now, not since
when. What nobody places in time finds no rows by their time.
"""

from collections.abc import Iterable

from cases.models import Identifier
from cases.sources.configured import sources_of
from connectors.contract import base
from connectors.description.collection import Collection


def tells_when(operator: str) -> frozenset[tuple[str, str]]:
    """Each (source/collection, kind) that is told with an interval. An empty end is one without limit."""
    return frozenset(
        (f"{source.key}/{collection.key}", told.kind)
        for source in sources_of(operator)
        for collection in source.collection
        for told in collection.yields
        if told.from_ or told.to
    )


def believed(operator: str, collection: Collection, rows: Iterable[Identifier]) -> list[Identifier]:
    """Those that may find rows of this collection by the time they were the person's."""
    if collection.at is None or collection.interval not in (True, None):
        return list(rows)
    return placed(operator, rows)


def placed(operator: str, rows: Iterable[Identifier]) -> list[Identifier]:
    """Those of which somebody told when they were the person's, or that never pass to somebody else."""
    rows, telling = list(rows), tells_when(operator)
    changing = {kind for _, kind in telling}
    limited = {(row.kind, row.digest) for row in rows if _limited(row)}
    return [
        row
        for row in rows
        if _limited(row)
        or row.kind not in changing
        or ((row.told_by, row.kind) in telling and (row.kind, row.digest) not in limited)
    ]


def _limited(row: Identifier) -> bool:
    return row.valid_from is not None or row.valid_to is not None


def during(collection: Collection, told: base.Identifier, finder: Identifier) -> base.Identifier | None:
    """What a row tells that was found by an identifier of one's own: no longer than that was one's own.

    None where the two never met. A kind that is told without an interval stays the person's: a customer number does
    not end with the telephone number that led to it.
    """
    if not any(one.kind == told.kind and (one.from_ or one.to) for one in collection.yields):
        return told
    start = max((end for end in (told.valid_from, finder.valid_from) if end is not None), default=None)
    end = min((end for end in (told.valid_to, finder.valid_to) if end is not None), default=None)
    if start is not None and end is not None and start >= end:
        return None
    return base.Identifier(told.kind, told.value, start, end)

"""Ownership intervals in the terms of a source that writes local time without a zone."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from connectors.contract.base import Identifier, SourceMisconfigured
from connectors.description.collection import Collection
from connectors.description.spelling import mailbox_spellings

_MINUTE = timedelta(minutes=1)


def local_bound(bound: datetime, zone: tzinfo) -> datetime:
    """The first naive local time that `base.moment` reads as `bound` or later; `bound` is aware.

    In the hour that the autumn clock shows twice, a naive time is read as its first showing. A bound in the
    second showing therefore lies after every naive time of that hour.
    """
    local = bound.astimezone(zone)
    naive = local.replace(tzinfo=None, fold=0)
    if local.fold == 0:
        return naive
    naive = naive.replace(second=0, microsecond=0)
    while _twice(naive, zone):
        naive += _MINUTE
    return naive


def date_bound(bound: datetime, zone: tzinfo) -> date:
    """The first local date whose beginning is `bound` or later."""
    naive = local_bound(bound, zone)
    day = naive.date()
    return day if naive == datetime(day.year, day.month, day.day) else day + timedelta(days=1)


def usable(collection: Collection, identifiers: Iterable[Identifier]) -> list[Identifier]:
    """The identifiers that may look for rows here, without their interval where the collection ignores it.

    A mailbox that has two spellings looks for rows by both. One of which nothing is left as this system writes it would
    find the rows that hold nothing there.
    """
    known = [
        each
        for one in identifiers
        if one.kind in collection.find and collection.find[one.kind].spelled(one.value)
        for each in _spellings(one)
    ]
    if collection.interval == "now":
        now = datetime.now(UTC)
        known = [one for one in known if not one.bounded or one.covers(now)]
    if collection.at is not None and collection.interval in (True, None):
        return list(dict.fromkeys(known))
    if collection.interval is None and any(one.bounded for one in known):
        raise SourceMisconfigured("interval-unknown", f"{collection.key}: needs `at` or `interval`")
    return list(dict.fromkeys(Identifier(one.kind, one.value) for one in known))


def _spellings(one: Identifier) -> Iterator[Identifier]:
    return (replace(one, value=value) for value in mailbox_spellings(one.value))


def _twice(naive: datetime, zone: tzinfo) -> bool:
    return naive.replace(tzinfo=zone).utcoffset() != naive.replace(tzinfo=zone, fold=1).utcoffset()

"""When a row of a Parquet file happened, as a condition that reads its time as `base.moment` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from connectors.contract.base import SourceMisconfigured
from connectors.files.parquet.rendering import literal
from connectors.rows.intervals import date_bound, local_bound

Condition = tuple[str, list[object]]
NO_MOMENT = "not-a-moment: "  # what DuckDB says, with the column, when it comes upon a text that is none

# What lies outside has no moment; so do the infinities of PostgreSQL, which DuckDB writes as well.
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?"
_ZONED = literal(f"{_DAY}{_CLOCK}(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)")
_NAIVE = literal(f"{_DAY}({_CLOCK})?")


@dataclass(frozen=True)
class Span:
    """An ownership interval, half-open; None is an open end. `zone` is that of local times."""

    start: datetime | None
    end: datetime | None
    zone: tzinfo | None

    @property
    def bounded(self) -> bool:
        return self.start is not None or self.end is not None

    def between(self, value: str, type_: str, ends: Sequence[object]) -> Condition:
        """The condition that a value lies from the first of these ends to before the second."""
        # The very last moment belongs to an interval without an end.
        before = "<=" if self.end is None else "<"
        return f"{value} >= CAST(? AS {type_}) AND {value} {before} CAST(? AS {type_})", list(ends)

    def instants(self) -> tuple[datetime, datetime]:
        return self.start or _FIRST, self.end or _LAST

    def locals(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """The ends as naive times."""
        start, end = self.instants()
        return _local(start, zone), _local(end, zone)


def instant(type_: str) -> bool:
    """Whether values of this type of DuckDB's need no time zone to say which moment they are."""
    return type_ in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")


def require_moments(type_: str, at: str, zone: tzinfo | None) -> None:
    """Raises SourceMisconfigured where values of the type do not say when a row happened, or not in which zone."""
    if instant(type_):
        return
    if type_ not in ("TIMESTAMP", "TIMESTAMP_NS", "DATE", "VARCHAR"):
        raise SourceMisconfigured("at-type", f"{at} is no date or timestamp")
    if zone is None:
        raise SourceMisconfigured("time-zone-missing", f"{at} has no time zone")


def within(column: str, type_: str, at: str, span: Span) -> Condition:
    """Whether the row happened within the span. Raises SourceMisconfigured.

    At a text that is no moment the question itself fails, with NO_MOMENT and the name of the column.
    """
    require_moments(type_, at, span.zone)
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return span.between(column, "TIMESTAMPTZ", [one.isoformat() for one in span.instants()])
    if type_ == "TIMESTAMPTZ_NS":
        return _nanoseconds(column, span, span.instants())
    assert span.zone is not None
    if type_ == "TIMESTAMP":
        return span.between(column, "TIMESTAMP", [one.isoformat() for one in span.locals(span.zone)])
    if type_ == "TIMESTAMP_NS":
        return _nanoseconds(column, span, [one.replace(tzinfo=UTC) for one in span.locals(span.zone)])
    if type_ == "DATE":
        return span.between(column, "DATE", [one.isoformat() for one in _days(span, span.zone)])
    return _text_within(column, at, span, span.zone)


def _nanoseconds(column: str, span: Span, ends: Sequence[datetime]) -> Condition:
    """In whole numbers: a cast to microseconds would round a row over the edge, and few years fit the other way."""
    numbers = [(one - _EPOCH) // timedelta(microseconds=1) * 1000 for one in ends]
    return span.between(f"epoch_ns({column})", "HUGEINT", numbers)


def _text_within(column: str, at: str, span: Span, zone: tzinfo) -> Condition:
    fault = f"error({literal(NO_MOMENT + at)})"
    ends = [one.isoformat() for one in (*span.instants(), *span.locals(zone))]
    instants, _ = span.between(f"TRY_CAST({column} AS TIMESTAMPTZ)", "TIMESTAMPTZ", ends)
    naive, _ = span.between(f"TRY_CAST({column} AS TIMESTAMP)", "TIMESTAMP", ends)
    # DuckDB reads much more: it leaves out the zone of "22:30 UTC" in one type, and takes 24:00 for another day.
    return (
        f"CASE WHEN nullif({column}, '') IS NULL OR {column} IN ('infinity', '-infinity') "
        f"OR starts_with({column}, '0000-00-00') THEN false "
        f"WHEN starts_with({column}, '0000') THEN {fault} "
        f"WHEN regexp_full_match({column}, {_ZONED}) THEN coalesce({instants}, {fault}) "
        f"WHEN regexp_full_match({column}, {_NAIVE}) THEN coalesce({naive}, {fault}) "
        f"ELSE {fault} END"
    ), [*ends]


def _local(bound: datetime, zone: tzinfo) -> datetime:
    try:
        return local_bound(bound, zone)
    except OverflowError:  # the clocks of this zone never show it: any local time is on the right side
        return bound.replace(tzinfo=None)


def _days(span: Span, zone: tzinfo) -> tuple[date, date]:
    start, end = span.instants()
    try:
        first = date_bound(start, zone)
    except OverflowError:
        first = start.date()
    return first, _local(end, zone).date() if span.end is None else date_bound(end, zone)

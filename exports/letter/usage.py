"""What the rows of one collection add up to, taken in one pass: memory does not grow with the rows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from connectors.contract.base import iso_moment
from connectors.description.tells import Tells
from connectors.rows.shape import MOMENT
from exports.letter.values import DATE, MASK

MONTHS = 1200  # a hundred years; what lies outside is no time of anybody's use
PLACES = 10_000  # different ones that are counted apart
TOP = 6
NOTHING = Decimal(0)
DIGITS = 20  # before the point; what is larger is no length, volume or price
Row = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class MonthUse:
    """What happened in the month that begins on ``first``. ``minutes`` are of calls where the rows say which are."""

    first: date
    rows: int = 0
    minutes: Decimal = NOTHING
    megabytes: Decimal = NOTHING
    spent: Decimal = NOTHING


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The sums of a collection's given rows.

    ``week``: rows (calls, where the rows say which are) by day, from Monday, and by hour of the day, 7 times 24, in the
    operator's time; empty where rows have a day alone. ``calls``: whether it counts calls alone. ``places``: the most
    used, by rows; ``elsewhere``: rows at others. ``currency``: "" where none is known, or not the same for all.
    """

    months: tuple[MonthUse, ...] = ()
    week: tuple[tuple[int, ...], ...] = ()
    calls: bool = False
    places: tuple[tuple[str, int], ...] = ()
    elsewhere: int = 0
    currency: str = ""


class Tally:
    """Sees every row once. ``at``: the column that says when a row happened."""

    def __init__(self, at: str | None, tells: Tells, time_zone: str) -> None:
        self._at, self._tells, self._zone = at, tells, ZoneInfo(time_zone)
        self._months: dict[date, list[Decimal]] = defaultdict(lambda: [NOTHING] * 4)
        self._week = [[0] * 24 for _day in range(7)]
        self._places: Counter[str] = Counter()
        self._elsewhere = 0
        self._currencies: set[str] = set()

    def see(self, row: Row) -> None:
        when, timed = self._moment(row.get(self._at or ""))
        if when is None:
            return
        counts = self._tells.call is None or row.get(self._tells.kind or "") == self._tells.call
        if timed and counts:
            self._week[when.weekday()][when.hour] += 1
        self._place(row)
        self._sum(row, when, counts=counts)

    def _sum(self, row: Row, when: datetime, *, counts: bool) -> None:
        first = when.date().replace(day=1)
        if first not in self._months and len(self._months) >= MONTHS:
            return
        month, tells = self._months[first], self._tells
        month[0] += 1
        if counts:
            month[1] += self._minutes(row, when)
        month[2] += number(row.get(tells.megabytes or ""))
        month[3] += number(row.get(tells.price or ""))
        if tells.price and tells.currency and len(self._currencies) < 2:
            self._currencies.add(tells.currency_code or str(row.get(tells.currency) or ""))

    def _minutes(self, row: Row, when: datetime) -> Decimal:
        tells = self._tells
        if tells.minutes or tells.seconds:
            return number(row.get(tells.minutes or "")) + number(row.get(tells.seconds or "")) / 60
        ended, _timed = self._moment(row.get(tells.until or ""))
        return Decimal(max(int((ended - when).total_seconds()), 0)) / 60 if ended else NOTHING

    def _place(self, row: Row) -> None:
        place = row.get(self._tells.place or "")
        # What is masked are many places, and none that anybody was at.
        if not isinstance(place, str) or place in {"", MASK}:
            return
        if place in self._places or len(self._places) < PLACES:
            self._places[place] += 1
        else:
            self._elsewhere += 1

    def _moment(self, value: object) -> tuple[datetime | None, bool]:
        """The moment in the operator's own time, and whether there is more than a day in it."""
        if not isinstance(value, str) or not (MOMENT.fullmatch(value) or DATE.fullmatch(value)):
            return None, False
        try:
            moment = iso_moment(value)
            local = moment.astimezone(self._zone) if moment.tzinfo else moment.replace(tzinfo=self._zone)
        except (ValueError, OverflowError):
            return None, False
        return local, len(value) > len("2026-01-31")

    def usage(self) -> Usage | None:
        """The sums of what was seen; None for nothing."""
        if not self._months:
            return None
        top = self._places.most_common(TOP)
        return Usage(
            months=tuple(month(first, sums) for first, sums in sorted(self._months.items())),
            week=tuple(map(tuple, self._week)) if any(map(any, self._week)) else (),
            calls=self._tells.call is not None,
            places=tuple(top),
            elsewhere=self._elsewhere + self._places.total() - sum(rows for _, rows in top),
            currency=next(iter(self._currencies)) if len(self._currencies) == 1 else "",
        )


def month(first: date, sums: Iterable[Decimal]) -> MonthUse:
    rows, minutes, megabytes, spent = sums
    return MonthUse(first=first, rows=int(rows), minutes=minutes, megabytes=megabytes, spent=spent)


def number(value: object) -> Decimal:
    """The value as a number; nothing for what is none, is masked, or could not be added up and printed."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return NOTHING
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return NOTHING
    return found if found.is_finite() and found.adjusted() < DIGITS else NOTHING

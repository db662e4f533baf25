"""How single values read in a spreadsheet and on paper: amounts, moments, and values made of several."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from connectors.contract.base import iso_moment
from connectors.rows.hours import FIRST, LAST
from connectors.rows.shape import MOMENT, Figures

_MIDNIGHT, _HOURS = "T00:00:00", tuple(f"{hour:02}" for hour in range(24))
MASK = "•••"  # what stands where something about somebody else was
DATE = re.compile(r"\d{4}-\d\d-\d\d")
# Marks without a shape of their own that make text read otherwise than it is written.
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def figures(rows: Iterable[Mapping[str, object]]) -> frozenset[str]:
    """The columns of these rows that hold decimal amounts written as text."""
    seen = Figures()
    for row in rows:
        seen.see(row)
    return seen.columns


def amount(value: object) -> object:
    """The text of an amount as a Decimal, every digit kept; anything else unchanged."""
    return Decimal(value) if isinstance(value, str) and value else value


def local_moment(value: str, zone: ZoneInfo) -> str | None:
    """`2026-01-31 14:05:00` in this zone, for an ISO moment; without an offset it is local already. Else None."""
    if not MOMENT.fullmatch(value):
        return None
    try:
        moment = iso_moment(value)
        local = moment.astimezone(zone) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        # Around the years 1 and 9999 there is no hour left to move to.
        return None
    # Not by `%Y`: it writes the year 1 with one digit.
    return local.replace(tzinfo=None).isoformat(" ", "seconds")


def local_hour(hour: str, offset: str, zone: ZoneInfo) -> str | None:
    """What `local_moment` has before minutes and seconds, in every moment of an hour written like this.

    None where that is not one and the same, or the hour is none. Rows come by the million and share their hours.
    """
    return _local_day(hour[:10], offset, zone).get(hour[10:]) or _hour_alone(hour, offset, zone)


@lru_cache(maxsize=4_000)
def _local_day(day: str, offset: str, zone: ZoneInfo) -> Mapping[str, str]:
    """The same for each hour of a day, as `T14`. Empty where clocks are set that day or minutes differ."""
    if not MOMENT.fullmatch(f"{day}{_MIDNIGHT}{offset}"):
        return {}
    try:
        begins = iso_moment(f"{day}{_MIDNIGHT}{offset}")
        hours = [begins + timedelta(hours=hour) for hour in range(len(_HOURS) + 1)]
        shown = [hour.astimezone(zone) for hour in hours] if begins.tzinfo else hours
    except (ValueError, OverflowError):
        return {}
    if len({hour.utcoffset() for hour in shown}) > 1 or shown[0].minute or shown[0].second:
        return {}
    written = [f"{hour.replace(tzinfo=None).isoformat(' ', 'hours')}" for hour in shown]
    return {f"{sign}{hour}": found for sign in "T " for hour, found in zip(_HOURS, written, strict=False)}


@lru_cache(maxsize=4_000)
def _hour_alone(hour: str, offset: str, zone: ZoneInfo) -> str | None:
    first, last = (local_moment(f"{hour}{end}{offset}", zone) or "" for end in (FIRST, LAST))
    stays = first[13:19] == FIRST and last[13:19] == LAST
    return first[:13] if stays and first[:13] == last[:13] else None


def whole_moment(value: str, zone: tzinfo | None) -> str:
    """An ISO moment with its T and its whole offset, `2026-01-31T14:05:00.123+01:00`; anything else as it is.

    ``zone``: whose time it is where none is written. In the hour that comes twice a year or never, nobody knows the
    offset, and so none is written; neither is one for the first and the last year, which mean "always" and "never".
    """
    found = MOMENT.fullmatch(value)
    if found is None or value[:4] in ("0001", "9999"):
        return value
    offset = found[3] or ""
    written = value.removesuffix(offset)
    try:
        local = iso_moment(written)
    except ValueError:
        return value
    whole = f"{offset[:3]}:{offset[3:].strip(':') or '00'}" if offset[1:] else offset or _offset(local, zone)
    return f"{written[:10]}T{written[11:]}{whole}" if whole else value


def _offset(local: datetime, zone: tzinfo | None) -> str:
    """`+01:00`; nothing where it is not known or no whole minutes, as before there were zones."""
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first is None or first != second or first % timedelta(minutes=1):
        return ""
    written = f"{local.replace(tzinfo=zone):%z}"
    return f"{written[:3]}:{written[3:]}"


def visible(text: str) -> str:
    """The text with what turns the direction of reading shown instead of obeyed: `[U+202E]`."""
    return TURNING.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)


def is_day(value: str) -> bool:
    """Whether it is a day of the calendar, as `2026-01-31`."""
    if not DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def spelled(value: object, leaf: Callable[[object], str], between: str = "; ") -> str:
    """A value of several parts as `name: value; name: value`; what lies deeper stands in brackets."""
    if isinstance(value, dict):
        return between.join(f"{key}: {_inner(part, leaf)}" for key, part in value.items())
    if isinstance(value, list):
        lists = any(isinstance(part, dict | list) for part in value)
        return (between if lists else ", ").join(_inner(part, leaf) for part in value)
    return leaf(value)


def _inner(value: object, leaf: Callable[[object], str]) -> str:
    if isinstance(value, dict | list):
        return f"({spelled(value, leaf)})"
    return leaf(value)

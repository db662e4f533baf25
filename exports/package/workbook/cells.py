"""Cells of a workbook's sheet: one value, or a column of a page of rows at once. A row is a line of XML.

Whatever is quick here says what the slow way says; what is not surely so goes the slow way.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from html import escape
from itertools import chain, repeat
from typing import NamedTuple, cast

from connectors.rows.hours import CLOCK
from exports.letter.values import is_day, local_hour, local_moment
from exports.package.columns import LONGEST_OFFSET, PLAIN, few
from exports.package.data import clipped, shown
from exports.package.layout import Sheet

# A spreadsheet keeps no more digits of a number; what is longer is text.
DIGITS = 15
# Its calendar has a day too many before, and ends after.
BEGINS, ENDS = date(1900, 3, 1), date(9999, 12, 31)
ZERO = date(1899, 12, 30)
DAY_SECONDS = 86_400
TEXT, DAY, MOMENT, HEADING, WHOLE = 1, 2, 3, 4, 5
# Signs that XML has no place for, and what a spreadsheet would read as one of its own escapes.
NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
UNPLAIN = re.compile("[\x00-\x1f\x7f-\x9f&<>_\ud800-\udfff\ufffe\uffff]")
LONGEST_PLAIN = 1000
ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
SHORTEST_DAY = len("2026-01-31")
NUMBER_ENDS, TEXT_ENDS = "</v></c>", "</t></is></c>"
EMPTY = "/>"
SECONDS = {clock: int(clock[1:3]) * 60 + int(clock[4:6]) for clock in CLOCK}


class Written(NamedTuple):
    """The cells of a column behind their places: what all begin with, what each has, what all end with."""

    begin: str
    values: Sequence[str]
    end: str


class Cells:
    """The cells of one sheet, column by column, each to the letter as `cell` has it."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        # Most texts of a column come again and again.
        self._text = lru_cache(maxsize=4096)(self._of_text)
        self._hour = lru_cache(maxsize=10_000)(self._of_hour)

    def cell(self, value: object) -> str:
        """A cell behind its place."""
        if value is None:
            return EMPTY
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return self._number(value)
        return text(clipped(shown(value, self.sheet.zone, self.sheet.texts), self.sheet.texts))

    def written(self, values: Sequence[object]) -> Written:
        """The cells of these values."""
        kinds = set(map(type, values))
        if kinds == {int} and -PLAIN < min(values) <= max(values) < PLAIN:  # type: ignore[type-var, operator]
            return Written(f' s="{WHOLE}"><v>', list(map(str, values)), NUMBER_ENDS)
        if kinds == {str}:
            found = self._texts(cast(Sequence[str], values))
            if found:
                return found
        return Written("", list(map(self.cell, values)), "")

    def _texts(self, values: Sequence[str]) -> Written | None:
        if few(values):
            known = {value: self._text(value) for value in set(values)}
            return Written("", list(map(known.__getitem__, values)), "")
        if all(values) and max(map(len, values)) <= LONGEST_PLAIN:
            together = "".join(values)
            if not UNPLAIN.search(together) and not _may_be_days(values, together):
                return Written(text_begins(TEXT), values, TEXT_ENDS)
            return self._moments(values)
        return None

    def _moments(self, values: Sequence[str]) -> Written | None:
        """A column of moments that are written alike, an hour at a time; None for any other."""
        tails = {value[19:] for value in values}
        if len(tails) > 1 or len(tail := tails.pop()) > LONGEST_OFFSET:
            return None
        clocks = [value[13:19] for value in values]
        hours = [value[:13] for value in values]
        if not CLOCK.issuperset(clocks):
            return None
        around = {hour: self._hour(hour, tail) for hour in set(hours)}
        if None in around.values():
            return None
        begun = cast(dict[str, tuple[int, int]], around)
        found = [
            _serial(days, hour + clock)
            for (days, hour), clock in zip(
                map(begun.__getitem__, hours), map(SECONDS.__getitem__, clocks), strict=True
            )
        ]
        return Written(f' s="{MOMENT}"><v>', found, NUMBER_ENDS)

    def _of_hour(self, hour: str, offset: str) -> tuple[int, int] | None:
        """Days and seconds at which this hour begins where it is shown, if it is one and the same to its last."""
        found = local_hour(hour, offset, self.sheet.zone)
        if found is None:
            return None
        day = date.fromisoformat(found[:10])
        return ((day - ZERO).days, int(found[11:13]) * 3600) if BEGINS <= day <= ENDS else None

    def _of_text(self, value: str) -> str:
        if not value:
            return EMPTY
        # The first look is quick: nothing else has these signs there.
        if value[4:5] == value[7:8] == "-" and (timed := self._time(value)):
            return timed
        if len(value) <= LONGEST_PLAIN and not UNPLAIN.search(value):
            return text(value)
        return text(clipped(shown(value, self.sheet.zone, self.sheet.texts), self.sheet.texts))

    def _number(self, value: float | Decimal) -> str:
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        digits = f"{exact:f}"
        if not exact.is_finite() or sum(map(str.isdigit, digits.strip("-0."))) > DIGITS:
            return text(shown(value, self.sheet.zone, self.sheet.texts))
        # A number of many digits would be shown as 4,67E+10.
        style = f' s="{WHOLE}"' if isinstance(value, int) else ""
        return f"{style}><v>{digits}{NUMBER_ENDS}"

    def _time(self, value: str) -> str:
        """A day or a moment as spreadsheets count them; nothing for other texts, and for times that they have not."""
        day = is_day(value)
        written = value if day else local_moment(value, self.sheet.zone)
        if written is None or not BEGINS <= (date_of := date.fromisoformat(written[:10])) <= ENDS:
            return ""
        days = (date_of - ZERO).days
        if day:
            return f' s="{DAY}"><v>{days}{NUMBER_ENDS}'
        hours, minutes, seconds = map(int, written[11:].split(":"))
        return f' s="{MOMENT}"><v>{_serial(days, hours * 3600 + minutes * 60 + seconds)}{NUMBER_ENDS}'


def _serial(days: int, seconds: int) -> str:
    """A moment as so many days, and the part of one that so many seconds are, to ten digits."""
    return f"{days}.{(seconds * 10**10 + DAY_SECONDS // 2) // DAY_SECONDS:010}"


def _may_be_days(values: Sequence[str], together: str) -> bool:
    if max(map(len, values)) < SHORTEST_DAY or "-" not in together:
        return False
    return any(value[4:5] == value[7:8] == "-" for value in values)


def text_begins(style: int) -> str:
    """What a text cell has between its place and its text."""
    return f' s="{style}" t="inlineStr"><is><t xml:space="preserve">'


def text(value: str, style: int = TEXT) -> str:
    """A text cell behind its place."""
    if len(value) > LONGEST_PLAIN or UNPLAIN.search(value):
        value = ESCAPE.sub("_x005F_", NO_XML.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n")))
        # A row is a line, whatever its texts have.
        value = escape(value, quote=False).replace("\n", "&#10;").replace("\t", "&#9;")
    return f"{text_begins(style)}{value}{TEXT_ENDS}"


def lines(first: int, columns: Sequence[Written], rows: int) -> bytes:
    """So many rows of a sheet, the first with this number: a line each."""
    numbers = list(map(str, range(first, first + rows)))
    parts: list[Iterable[str]] = [repeat('<row r="'), numbers]
    before = '">'
    for at, column in enumerate(columns):
        parts += [repeat(f'{before}<c r="{letters(at)}'), numbers, repeat(f'"{column.begin}'), column.values]
        before = column.end
    parts.append(repeat(f"{before}</row>\n"))
    return "".join(chain.from_iterable(zip(*parts, strict=False))).encode()


def letters(number: int) -> str:
    """A for 0, Z for 25, AA for 26."""
    name = ""
    while number >= 0:
        number, at = divmod(number, 26)
        name, number = chr(65 + at) + name, number - 1
    return name

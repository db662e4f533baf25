"""Rows as a spreadsheet's text, a page at a time: what each value would be written as, without asking it of each.

Whatever is quick here says what the slow way says; what is not surely so goes the slow way.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import cast

from connectors.rows.hours import CLOCK, apart

# Beyond it a whole number may be written otherwise than by its digits.
PLAIN = 10**15
# Shorter than any moment.
SHORT = len("2026-01-31T14:05")
LONGEST_OFFSET = len("+01:00")
SAMPLE = 64  # values that tell whether a column has few different ones
GUARD = "'"  # before a text that a spreadsheet would take for a formula
DELIMITER, END = ";", "\r\n"

Row = Mapping[str, object]


class Columns:
    """``said``: how one value is written; ``hour``: what stands before minutes and seconds of moments, given how their
    hour and their offset are written, None where it takes a look at each; ``special``: how a text may begin that is
    not written as it stands."""

    def __init__(
        self,
        said: Callable[[object], str],
        hour: Callable[[str, str], str | None],
        special: tuple[str, ...],
    ) -> None:
        self._said, self._hour, self._special = said, hour, frozenset({" ", *special})

    def written(self, values: Sequence[object]) -> Sequence[str]:
        """Each value of a column."""
        kinds = set(map(type, values))
        if kinds == {int} and -PLAIN < min(values) <= max(values) < PLAIN:  # type: ignore[type-var, operator]
            return list(map(str, values))
        if kinds == {str}:
            return self._texts(values)  # type: ignore[arg-type]
        return [self._text(value) if type(value) is str else self._said(value) for value in values]

    def _texts(self, values: Sequence[str]) -> Sequence[str]:
        if few(values):
            known = {value: self._said(value) for value in set(values)}
            return list(map(known.__getitem__, values))
        if max(map(len, values)) < SHORT and "".join(values).isprintable():
            return self._short(values)
        return self._moments(values) or list(map(self._text, values))

    def _short(self, values: Sequence[str]) -> Sequence[str]:
        begun = {value[:1] for value in values} & self._special
        if not begun:
            return values
        # A telephone number's plus, as a rule.
        if begun == {value[:1] for value in values} and " " not in begun:
            return list(map(GUARD.__add__, values))
        return list(map(self._said, values))

    def _moments(self, values: Sequence[str]) -> Sequence[str] | None:
        """A column of moments that are written alike, an hour at a time; None for any other."""
        tails = {value[19:] for value in values}
        if len(tails) > 1 or len(tail := tails.pop()) > LONGEST_OFFSET:
            return None
        clocks = [value[13:19] for value in values]
        if not CLOCK.issuperset(clocks):
            return None
        hours = [value[:13] for value in values]
        around = {hour: self._hour(hour, tail) for hour in set(hours)}
        if None in around.values():
            return None
        begun = cast(dict[str, str], around)
        return [begun[hour] + clock for hour, clock in zip(hours, clocks, strict=True)]

    def _text(self, value: str) -> str:
        if found := apart(value):
            hour, clock, offset = found
            around = self._hour(hour, offset)
            return around + clock if around else self._said(value)
        if len(value) < SHORT and value.isprintable() and value[:1] not in self._special:
            return value
        return self._said(value)


def few(values: Sequence[str]) -> bool:
    """Whether most of these texts, by the first of them, come again and again."""
    return len(set(values[:SAMPLE])) * 4 < SAMPLE


def page(columns: Sequence[Sequence[str]]) -> str:
    """The lines of a page of rows, column by column, with quotes where they are needed."""
    rows = list(map(DELIMITER.join, zip(*columns, strict=True)))
    text = END.join(rows) + END
    delimiters, ends = (len(columns) - 1) * len(rows), len(rows)
    # One column that is empty is written as quotes.
    if (
        len(columns) > 1
        and '"' not in text
        and text.count(DELIMITER) == delimiters
        and text.count("\r") == text.count("\n") == ends
    ):
        return text
    quoted = StringIO(newline="")
    csv.writer(quoted, delimiter=DELIMITER, lineterminator=END).writerows(zip(*columns, strict=True))
    return quoted.getvalue()

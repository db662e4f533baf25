"""What rows look like together: their columns in order, and which of them have moments or decimal amounts in them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from operator import itemgetter
from typing import cast

DECIMAL = re.compile(r"-?(0|[1-9]\d{0,20})\.\d{1,20}")
WHOLE = re.compile(r"-?(0|[1-9]\d{0,20})")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?")
# Parts of column names whose values are no amounts, even where they look like one.
NO_AMOUNT = frozenset({
    "id", "ids", "no", "number", "nr", "code", "key", "phone", "msisdn", "imsi", "imei", "ip", "mac", "version",
    "release", "firmware", "software", "os", "date", "time", "postcode",
})  # fmt: skip
PERIODS = frozenset({"day", "week", "month", "quarter", "year", "period"})
SHORTEST_MOMENT = len("2026-01-31T14:05")

Row = Mapping[str, object]
# Names, those with moments, with decimals, and with something else than figures.
Stored = list[list[str]]


class Figures:
    """Which columns hold decimal amounts written as text. Has to see every row before it can tell."""

    def __init__(self) -> None:
        self._fractions: set[str] = set()
        self._other: set[str] = set()

    def see(self, row: Mapping[str, object]) -> None:
        for column, value in row.items():
            self._see(column, value)

    def see_all(self, column: str, values: Iterable[object]) -> None:
        """The same for the values of a column; most columns are told by their first."""
        for value in values:
            if column in self._other:
                break
            self._see(column, value)

    def _see(self, column: str, value: object) -> None:
        if column in self._other or value is None or value == "":
            return
        if not isinstance(value, str) or _is_name_of_other(column):
            self._other.add(column)
        elif DECIMAL.fullmatch(value):
            self._fractions.add(column)
        elif not WHOLE.fullmatch(value):
            self._other.add(column)

    @property
    def columns(self) -> frozenset[str]:
        """Columns with amounts only, at least one of them with decimals."""
        return frozenset(self._fractions - self._other)

    def add(self, fractions: Iterable[str], other: Iterable[str]) -> None:
        """What other rows had, as `stored` tells it."""
        self._fractions.update(fractions)
        self._other.update(other)

    def stored(self) -> tuple[list[str], list[str]]:
        """Columns with decimals, and with something that is no figure."""
        return sorted(self._fractions), sorted(self._other)


def _is_name_of_other(column: str) -> bool:
    name = column.lower()
    return name in PERIODS or bool(NO_AMOUNT & set(re.split(r"[^a-z]+", name)))


class Shape:
    """Learned while rows go by, or put together from what was learned of some of them and of others."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.moments: set[str] = set()
        self.figures = Figures()

    def see(self, row: Row) -> None:
        self.figures.see(row)
        if not self.names.keys() >= row.keys():
            self.names.update(dict.fromkeys(row))
        for column, value in row.items():
            if _is_moment(value):
                self.moments.add(column)

    def see_all(self, rows: Sequence[dict[str, object]]) -> None:
        """The same for many rows, a column at a time."""
        # Rows of one collection have few different sets of columns.
        names = dict.fromkeys(chain.from_iterable(dict.fromkeys(map(tuple, rows))))
        self.names.update(names)
        for column, values in zip(names, transposed(rows, tuple(names)), strict=True):
            self.figures.see_all(column, values)
            if column not in self.moments and _has_moment(values):
                self.moments.add(column)

    def add(self, stored: Stored) -> None:
        """What rows that come after these look like."""
        names, moments, fractions, other = stored
        self.names.update(dict.fromkeys(names))
        self.moments.update(moments)
        self.figures.add(fractions, other)

    def stored(self) -> Stored:
        """All of it as plain values."""
        return [list(self.names), sorted(self.moments), *self.figures.stored()]


def transposed(rows: Sequence[dict[str, object]], columns: Sequence[str]) -> list[Sequence[object]]:
    """The values of these columns, None where a row has none."""
    if len(columns) > 1:
        with suppress(KeyError):
            return list(zip(*map(itemgetter(*columns), rows), strict=True)) or [()] * len(columns)
    return [[row.get(column) for row in rows] for column in columns]


def _has_moment(values: Sequence[object]) -> bool:
    kinds = set(map(type, values))
    if str not in kinds:
        return False
    texts = (
        cast(Sequence[str], values) if len(kinds) == 1 else [one for one in values if isinstance(one, str)]
    )
    return max(map(len, texts)) >= SHORTEST_MOMENT and any(map(_is_moment, set(texts)))


def _is_moment(value: object) -> bool:
    # The first look is quick: almost nothing has a hyphen and a colon there.
    return (
        isinstance(value, str)
        and value[4:5] == "-"
        and value[13:14] == ":"
        and MOMENT.fullmatch(value) is not None
    )

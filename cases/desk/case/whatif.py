"""What an erasure would do: how many rows go now, and month by month when the rest goes. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from cases.desk.case.panels import DataGroup

NOW = frozenset({"erase", "gone"})


@dataclass(frozen=True)
class Bar:
    """One line of the chart. `month` is its first day, None for what has no end yet; `width` is 1 to 100."""

    month: date | None
    rows: int
    rules: tuple[str, ...]
    width: int


@dataclass(frozen=True)
class WhatIf:
    now: int
    later: int
    bars: tuple[Bar, ...]


def what_if(groups: Iterable[DataGroup]) -> WhatIf:
    """From the verdicts of an erasure case. What is kept until a day goes the day after it."""
    now, months = 0, dict[date | None, list[tuple[int, str]]]()
    for row in (row for group in groups for row in group.rows if row.verdict):
        if row.verdict in NOW:
            now += row.rows
        else:
            months.setdefault(_month(row.until), []).append((row.rows, row.rule))
    later = sum(rows for entries in months.values() for rows, _rule in entries)
    most = max((sum(rows for rows, _rule in entries) for entries in months.values()), default=0)
    ordered = sorted(months.items(), key=lambda item: item[0] or date.max)
    return WhatIf(now, later, tuple(_bar(month, entries, most) for month, entries in ordered))


def _month(until: date | None) -> date | None:
    return (until + timedelta(days=1)).replace(day=1) if until else None


def _bar(month: date | None, entries: list[tuple[int, str]], most: int) -> Bar:
    rows = sum(count for count, _rule in entries)
    rules = tuple(dict.fromkeys(rule for _count, rule in entries if rule))
    # One row beside a million is still a line that can be seen.
    return Bar(month, rows, rules, max(1, round(100 * rows / most)) if most else 1)

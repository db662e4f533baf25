"""The tables of the page: what each row is called in the reader's language, and how long its bar is."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from cases.counted.counting import AGES, LATE, LATER, NO_WEEK, ON_TIME, OVERDUE
from cases.counted.reading import Asked, Sums
from cases.counted.shares import percent, percentile
from cases.counted.waits import NOBODY, WAITS
from cases.desk.figures import words
from cases.desk.wording.words import RIGHTS, day
from cases.models.case import ClockEvent, Outcome, Right, Stage
from cases.models.counted.figures import Counted

Cell = int | str | None


@dataclass(frozen=True)
class Row:
    """``bar``: the first cell in per mille of the longest of its table."""

    name: str
    cells: Sequence[Cell]
    bar: int = 0

    @property
    def start(self) -> int:
        """Where the bar begins, which ends at the number."""
        return 1000 - self.bar


@dataclass(frozen=True)
class Table:
    """``columns``: the titles, first that of the names."""

    key: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    told: str = ""

    @property
    def is_wide(self) -> bool:
        """Whether half of a page is too little for it."""
        return len(self.columns) > 5

    @property
    def drawn(self) -> list[Row]:
        """The rows with their bars."""
        values = [_number(row.cells[0]) for row in self.rows]
        most = max(values, default=0) or 1
        return [
            Row(row.name, row.cells, value * 1000 // most)
            for row, value in zip(self.rows, values, strict=True)
        ]


def _number(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def _share(timely: Counter[str]) -> Cell:
    return percent(timely[ON_TIME], timely.total())


def by_month(sums: Sums, asked: Asked) -> Table:
    columns = [_("Month"), _("Received"), _("Answered"), _("Late"), _("On time, %"), _("Closed otherwise")]
    return Table("months", _("Month by month"), columns, [_of_month(sums, month) for month in asked.months])


def _of_month(sums: Sums, month: date) -> Row:
    timely = sums.in_month(Counted.TIMELY, month)
    received = sums.in_month(Counted.RECEIVED, month).total()
    otherwise = sums.in_month(Counted.OTHERWISE, month).total()
    return Row(words.month(month), [received, timely.total(), timely[LATE], _share(timely), otherwise])


def by_right(sums: Sums, asked: Asked) -> Table:
    columns = [
        _("Right"), _("Answered"), _("On time, %"), _("Median, days"), _("Nine of ten within, days"), _("Extended"),
    ]  # fmt: skip
    rights = [asked.right] if asked.right else Right.values
    return Table(
        "rights",
        _("Right by right"),
        columns,
        [_of_right(sums, right) for right in rights],
        _(
            "Calendar days from receipt to answer, waiting for the person included. On time: by the day it was due."
        ),
    )


def _of_right(sums: Sums, right: str) -> Row:
    timely = sums.of_right(Counted.TIMELY, right)
    days = Counter({int(of): count for of, count in sums.of_right(Counted.DAYS, right).items()})
    extended = sums.of_right(Counted.EXTENDED, right).total()
    median, ninth = percentile(days, 0.5), percentile(days, 0.9)
    return Row(str(RIGHTS[right]), [timely.total(), _share(timely), median, ninth, extended])


def outcomes(sums: Sums, asked: Asked) -> Table:  # noqa: ARG001 - tables are made alike
    found = sums.of(Counted.ANSWERED) + sums.of(Counted.OTHERWISE)
    rows = [Row(str(Outcome(key).label), [found[key]]) for key in Outcome.values if found[key]]
    return Table("outcomes", _("What they ended as"), [_("Outcome"), _("Cases")], rows)


def grounds(sums: Sums, asked: Asked) -> Table:  # noqa: ARG001
    return Table(
        "grounds",
        _("Why something was refused"),
        [_("Ground"), _("Answers")],
        _largest_first(sums.of(Counted.GROUND), words.ground),
        _("Of answers that refuse all or a part. One with several grounds counts under each."),
    )


def extensions(sums: Sums, asked: Asked) -> Table:  # noqa: ARG001
    return Table(
        "extensions",
        _("Why the time was extended"),
        [_("Ground"), _("Cases")],
        _largest_first(
            sums.of(Counted.EXTENDED),
            lambda ground: str(ClockEvent.Ground(ground).label) if ground else _("Not told"),
        ),
    )


def _largest_first(found: Counter[str], said: Callable[[str], str]) -> list[Row]:
    return [Row(said(of), [count]) for of, count in sorted(found.items(), key=lambda one: (-one[1], one[0]))]


def open_now(sums: Sums, asked: Asked) -> Table:  # noqa: ARG001
    found, ages = sums.of(Counted.OPEN), [*map(str, AGES), "more"]
    told = [_("to %(days)s days") % {"days": age} for age in ages[:-1]] + [_("older")]
    rows = []
    for stage in Stage.values[:-1]:
        counts = [found[f"{stage}.{age}"] for age in ages]
        rows.append(Row(str(Stage(stage).label), [sum(counts), *counts]))
    return Table("open", _("Open now, by stage and age"), [_("Stage"), _("Open"), *told], rows)


def waiting(sums: Sums, asked: Asked) -> Table:  # noqa: ARG001
    found = sums.of(Counted.WAITING)
    rows = [Row(str(words.WAITS[whom]), [found[whom]]) for whom in (*(key for key, _q in WAITS), NOBODY)]
    return Table("waiting", _("Whom they wait for"), [_("Waits for"), _("Open")], rows)


def due(sums: Sums, asked: Asked) -> Table:  # noqa: ARG001
    found = sums.of(Counted.DUE)
    rows = [Row(name, [found[key]]) for key, name in _weeks(found)]
    return Table("due", _("What falls due"), [_("Week from"), _("Open")], rows)


def _weeks(found: Counter[str]) -> Iterator[tuple[str, str]]:
    """Overdue, then every week from the first to the last that has something, then what is far off or stands still."""
    yield OVERDUE, _("Overdue")
    if weeks := sorted(date.fromisoformat(key) for key in found if key[:1].isdigit()):
        for place in range((weeks[-1] - weeks[0]).days // 7 + 1):
            monday = weeks[0] + timedelta(weeks=place)
            yield monday.isoformat(), day(monday)
    yield LATER, _("Later")
    yield NO_WEEK, _("The clock stands still")


# In the order of the page: what is now, then the time that was chosen.
NOW: tuple[Callable[[Sums, Asked], Table], ...] = (waiting, due, open_now)
THEN: tuple[Callable[[Sums, Asked], Table], ...] = (by_month, by_right, outcomes, grounds, extensions)

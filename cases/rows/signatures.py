"""A case as the law sees it: a situation, and each gathered row reduced to the signature a verdict depends on."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache

from cases.law.holdrules import rule
from cases.law.situation import Record, SecretRecord, is_secret
from cases.models import Order, Run
from cases.rows import counted, rowkeys
from cases.rows.chunks import lines
from cases.rows.marks import Marks, marks_reader
from connectors.rows.graph import parsed

RowReader = Callable[[Mapping[str, object]], Record]


def rows(run: Run) -> Iterator[dict[str, object]]:
    """The gathered rows of a run everybody may see, parsed one by one."""
    return (parsed(line) for line in lines(run))


def reader(run: Run, orders: list[Order]) -> RowReader:
    """Turns a parsed row of this run into its signature. ``orders``: those that may cover rows of the case."""
    read, record_of = marks_reader(run), recorder(run, orders)
    return lambda row: record_of(read(row))


def recorder(run: Run, orders: list[Order]) -> Callable[[Marks], Record]:
    """Turns the marks of a row of this run into its signature, made once however many rows share it."""

    @cache
    def record_of(marks: Marks) -> Record:
        return Record(run.category, *marks[:-1], covering(orders, run.category, marks.at), marks.use)

    return record_of


def covering(orders: Iterable[Order], category: str, day: date | None) -> frozenset[str]:
    """The ids of the orders that cover a row of this category and day; a row without a day may be any day's."""
    return frozenset(str(order.pk) for order in orders if _covers(order, category, day))


def _covers(order: Order, category: str, day: date | None) -> bool:
    reached = order.categories or rule(order.rule).categories
    if reached and category not in reached:
        return False
    if day is None:
        return True
    return (order.covers_from is None or order.covers_from <= day) and (
        order.covers_to is None or day <= order.covers_to
    )


def signatures(run: Run, orders: list[Order]) -> Counter[Record]:
    """How many rows of the run share each signature: as many entries as days and flags, however many rows."""
    record_of = recorder(run, orders)
    return Counter({record_of(marks): count for marks, count in _counted(run).items()})


def hidden_signatures(run: Run, orders: list[Order]) -> Counter[Record | SecretRecord]:
    """How many of the rows that only cleared officers may know of share each signature."""
    read = marks_reader(run)
    found = Counter(read(parsed(line)) for line in lines(run, secret=True))
    return Counter({_hidden(run.category, marks, orders): count for marks, count in found.items()})


def _hidden(category: str, marks: Marks, orders: list[Order]) -> Record | SecretRecord:
    made = SecretRecord if is_secret(category, marks.kind) else Record
    return made(category, *marks[:-1], covering(orders, category, marks.at), marks.use)


def _counted(run: Run) -> Counter[Marks]:
    return rowkeys.counts(run) if rowkeys.kept_for(run) else counted.counts(run)

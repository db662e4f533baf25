"""What the case page shows of a case: the data and what the law made of it, each in the reader's view."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from cases.collection.progress import RunProgress
from cases.models import Case, Finding, Run
from cases.orders.cleared import cleared_findings
from cases.registers.register import Register


@dataclass(frozen=True)
class DataRow:
    """One verdict over some rows of one run; verdict "" while the law has not been applied yet."""

    run: Run
    rows: int
    first_on: date | None = None
    last_on: date | None = None
    verdict: str = ""
    rule: str = ""
    until: date | None = None
    why: dict[str, Any] = field(default_factory=dict)
    review: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataGroup:
    """A data category with its rows. `readable`: whether this reader may look into single rows."""

    category: str
    rows: tuple[DataRow, ...]
    readable: bool

    @property
    def total(self) -> int:
        return sum(row.rows for row in self.rows)


@dataclass(frozen=True)
class SourceLine:
    """A source on one line, with those of its collections that are not gathered yet."""

    name: str
    runs: tuple[RunProgress, ...]

    @property
    def rows(self) -> int:
        return sum(each.run.rows for each in self.runs)

    @property
    def bytes(self) -> int:
        return sum(each.run.bytes for each in self.runs)

    @property
    def unfinished(self) -> list[RunProgress]:
        return [each for each in self.runs if each.run.status != Run.Status.DONE]

    @property
    def done(self) -> int:
        return len(self.runs) - len(self.unfinished)


def source_lines(progress: Iterable[RunProgress]) -> list[SourceLine]:
    """The runs of a case by source, in their order."""
    grouped: dict[str, list[RunProgress]] = {}
    for each in progress:
        grouped.setdefault(each.source_name, []).append(each)
    return [SourceLine(name, tuple(runs)) for name, runs in grouped.items()]


@dataclass(frozen=True)
class Hold:
    """A rule that keeps something, over all categories: how many rows, and until when at the latest."""

    rule: str
    categories: tuple[str, ...]
    rows: int
    until: date | None


def may_read_rows(register: Register, category: str, *, cleared: bool) -> bool:
    """Where the policy reserves single rows for security-cleared staff, nobody else looks into them."""
    entry = register.categories.get(category)
    return cleared or entry is None or not entry.cleared_only


def findings_of(case: Case, *, cleared: bool) -> list[Finding]:
    """The findings of the reader's view: the cleared one where there is one, never both."""
    found = list(Finding.objects.filter(run__case=case).select_related("run"))
    if not cleared or not (judged := cleared_findings(case)):
        return found
    of_runs = {one.run_id for one in judged}
    return [*judged, *(one for one in found if one.run_id not in of_runs)]


def data_groups(
    runs: Sequence[Run], findings: Iterable[Finding], register: Register, *, cleared: bool
) -> list[DataGroup]:
    """The data table: category by category, verdict by verdict."""
    by_run: dict[int, list[Finding]] = {}
    for finding in findings:
        by_run.setdefault(finding.run_id, []).append(finding)
    ordered = sorted(runs, key=lambda run: (run.category, run.pk))
    groups = []
    for category, members in groupby(ordered, key=lambda run: run.category):
        readable = may_read_rows(register, category, cleared=cleared)
        rows = [row for run in members for row in _rows(run, by_run.get(run.pk, []))]
        groups.append(DataGroup(category, tuple(rows), readable))
    return groups


def _rows(run: Run, findings: list[Finding]) -> list[DataRow]:
    if not findings:
        return [DataRow(run, run.rows)]
    return [
        DataRow(
            run,
            each.rows,
            each.first_on,
            each.last_on,
            each.verdict,
            each.rule,
            each.until,
            each.why,
            each.review,
        )
        for each in findings
    ]


def holds(groups: Iterable[DataGroup]) -> list[Hold]:
    """The rules behind what is not simply given or erased, the longest first, open-ended ones on top."""
    found: dict[str, list[tuple[str, DataRow]]] = {}
    for group in groups:
        for row in group.rows:
            if row.rule:
                found.setdefault(row.rule, []).append((group.category, row))
    result = [_hold(rule, rows) for rule, rows in found.items()]
    return sorted(result, key=lambda hold: (hold.until is not None, -(hold.until or date.max).toordinal()))


def _hold(rule: str, rows: list[tuple[str, DataRow]]) -> Hold:
    ends = [row.until for _category, row in rows]
    return Hold(
        rule=rule,
        categories=tuple(dict.fromkeys(category for category, _row in rows)),
        rows=sum(row.rows for _category, row in rows),
        until=None if None in ends else max(end for end in ends if end),
    )

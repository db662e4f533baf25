"""Rows that are still at a source although the ordinary view says they are gone, noted for cleared officers.

Found while any later case is judged, whatever it asks for. What an order still holds is noted for the day after.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cases.assessment.situations import all_orders_on, cleared_situation_of
from cases.casework import audit, case_clock
from cases.law.decisions import Ruling, judge_gone
from cases.law.situation import ClearedSituation, Record
from cases.models import Case, Order, OverRetained, Run
from cases.rows.signatures import hidden_signatures


@dataclass(frozen=True)
class _Kept:
    """So many rows of one day that should be gone; ``until``: the last day something holds them, None for nothing."""

    rows: int
    day: date | None
    until: date | None


def note(case: Case, runs: Sequence[Run]) -> None:
    """Bring the cleared officers' tasks of a case in line with what was gathered for it. Safe to repeat."""
    situation, orders = cleared_situation_of(case, case_clock.today(case)), all_orders_on(case)
    found = list[int]()
    for run in runs:
        if run.chunks.filter(secret=True).exists() and (kept := list(_kept(run, orders, situation))):
            found.append(_write(run, kept).pk)
    OverRetained.objects.filter(case=case, erased_at=None).exclude(pk__in=found).delete()


def _kept(run: Run, orders: list[Order], situation: ClearedSituation) -> Iterator[_Kept]:
    """All but what is held without an end: that is nobody's task yet."""
    for record, count in hidden_signatures(run, orders).items():
        if isinstance(record, Record):
            verdict = judge_gone(record, situation)
            if verdict.verdict is not Ruling.KEEP:
                yield _Kept(count, record.at, None)
            elif verdict.until:
                yield _Kept(count, record.at, verdict.until)


def _write(run: Run, kept: list[_Kept]) -> OverRetained:
    rows = sum(one.rows for one in kept)
    days = [one.day for one in kept if one.day]
    held = [one.until + timedelta(days=1) for one in kept if one.until]
    one, made = OverRetained.objects.update_or_create(
        case=run.case,
        source=run.source,
        collection=run.collection,
        erased_at=None,
        defaults={
            "rows": rows,
            "first_on": min(days, default=None),
            "last_on": max(days, default=None),
            "opens_on": min(held) if len(held) == len(kept) else None,
        },
    )
    if made:
        where = {"source": run.source, "collection": run.collection}
        audit.record(run.case, "over-retained.found", by=audit.SYSTEM, stream="cleared", rows=rows, **where)
    return one

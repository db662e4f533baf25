"""Rows that are still at a source although the ordinary view says they are gone, noted for cleared officers.

Found once any later case is judged, whatever it asks for. What an order still holds is noted for the day after. It
is asked for in each case alike, and done by processes that may know of orders.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cases.assessment.situations import all_orders_on, cleared_situation_of
from cases.casework import audit, case_clock
from cases.casework.dispatch import send
from cases.casework.workflow import lock
from cases.law.decisions import Ruling, judge_gone
from cases.law.situation import ClearedSituation, Record
from cases.models import Case, Finding, Order, OverRetained, Run
from cases.models.secrecy import Kind
from cases.rows.chunks import Damaged
from cases.rows.signatures import hidden_signatures
from cases.sealed import orders_key, secrets
from cases.sealed.vault import KeyDestroyed

TASK = "cases.cleared_tasks.compare"


@dataclass(frozen=True)
class _Kept:
    """So many rows of one day that should be gone; ``until``: the last day something holds them, None for nothing."""

    rows: int
    day: date | None
    until: date | None


def ask(case: Case) -> None:
    """Have what was gathered for a locked case compared with every order, once this transaction is committed."""
    Case.objects.filter(pk=case.pk).update(to_compare=True)
    transaction.on_commit(lambda: send(TASK, case.pk))


def due() -> QuerySet[Case]:
    """The cases that are still to be compared, where the message was lost as well."""
    return Case.objects.filter(to_compare=True).order_by("pk")


@transaction.atomic
def compare(case_id: int) -> None:
    """Do it. Raises NotCleared; what is destroyed or damaged by now is compared no more. Safe to repeat."""
    orders_key.require()
    case = lock(case_id)
    if not case.to_compare:
        return
    runs = list(case.runs.all())
    for run in runs:
        run.case = case
    # What officers judged with everything was of what was gathered before.
    secrets.drop(*secrets.about(Finding, Kind.FINDING, case.operator_id, str(case.pk)))
    with suppress(KeyDestroyed, Damaged):
        note(case, runs)
    case.to_compare = False
    case.save(update_fields=["to_compare"])


def note(case: Case, runs: Sequence[Run]) -> None:
    """Bring the cleared officers' tasks of a case in line with what was gathered for it. Safe to repeat."""
    situation, orders = cleared_situation_of(case, case_clock.today(case)), all_orders_on(case)
    before = {(one.source, one.collection): one for one in kept_too_long(case)}
    for run in runs:
        if run.chunks.filter(secret=True).exists() and (kept := list(_kept(run, orders, situation))):
            _write(run, kept, before.pop((run.source, run.collection), None))
    secrets.drop(*before.values())


def kept_too_long(case: Case) -> list[OverRetained]:
    """What is open of a case. Raises NotCleared."""
    return secrets.about(OverRetained, Kind.OVER_RETAINED, case.operator_id, str(case.pk))


def _kept(run: Run, orders: list[Order], situation: ClearedSituation) -> Iterator[_Kept]:
    """All but what is held without an end: that is nobody's task yet."""
    for record, count in hidden_signatures(run, orders).items():
        if isinstance(record, Record):
            verdict = judge_gone(record, situation)
            if verdict.verdict is not Ruling.KEEP:
                yield _Kept(count, record.at, None)
            elif verdict.until:
                yield _Kept(count, record.at, verdict.until)


def _write(run: Run, kept: list[_Kept], before: OverRetained | None) -> None:
    days = [one.day for one in kept if one.day]
    held = [one.until + timedelta(days=1) for one in kept if one.until]
    where = {"source": run.source, "collection": run.collection}
    one = before or OverRetained(case=run.case, found_at=timezone.now(), **where)
    one.rows = sum(each.rows for each in kept)
    one.first_on, one.last_on = min(days, default=None), max(days, default=None)
    one.opens_on = min(held) if len(held) == len(kept) else None
    if before is None:
        secrets.keep(Kind.OVER_RETAINED, run.case.operator_id, str(run.case_id), one)
        audit.record(
            run.case, "over-retained.found", by=audit.SYSTEM, stream="cleared", rows=one.rows, **where
        )
    else:
        secrets.change(one)

"""Erasing a person's rows: plan under lock, dry run, page by page, and then ask the source whether they are gone."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.utils import timezone

from cases import assessment, audit, clockwork, rowkeys, schedule
from cases.decisions import judge, judge_cleared
from cases.evidence import cleared_situation_of, orders_on, recorder, signatures, situation_of
from cases.models import Action, Case, Order, Run
from cases.operators import collection_of, connector_of
from cases.situation import ClearedSituation, Record, Situation
from connectors.base import Connector, Key, SourceGarbage

DONE = Action.Status.DONE
ERASING = frozenset({"erase", "gone"})


class SourceStillAnswers(SourceGarbage):
    """The source said it erased, and still shows the rows."""


def plan(case: Case) -> bool:
    """Judge the frozen rows again; if nothing changed since approval, write the actions and the schedule.

    False if a verdict or hold changed: the approval does not cover what would now be done.
    """
    today, orders = clockwork.today(case), orders_on(case)
    situation = situation_of(case, today)
    runs = list(case.runs.filter(status=Run.Status.DONE))
    if any(_changed(run, situation, orders) for run in runs):
        return False
    for run in runs:
        _plan_run(case, run, today)
    return True


def _changed(run: Run, situation: Situation, orders: list[Order]) -> bool:
    now: Counter[tuple[object, ...]] = Counter()
    for record, count in signatures(run, orders).items():
        verdict = judge(record, situation)
        now[verdict.verdict, verdict.rule or "", verdict.until] += count
    then: Counter[tuple[object, ...]] = Counter()
    for finding in run.findings.filter(view="open"):
        then[finding.verdict, finding.rule, finding.until] += finding.rows
    return now != then


def _plan_run(case: Case, run: Run, today: date) -> None:
    """Dry run, schedule, action. The count expected is of what everybody may know: a secret order shows in none."""
    connector, expected = connector_of(case.operator_id, run.source), 0
    for _number, rows, keys in _pages(run, today):
        # A column that can't take its new value is told before anything is touched.
        connector.erase(run.collection, keys, dry_run=True)
        expected += rows
    schedule.write(case, run, today)
    if expected:
        Action.objects.create(
            case=case,
            kind=Action.Kind.ERASE,
            source=run.source,
            collection=run.collection,
            expected=expected,
            planned_on=today,
        )


def _pages(run: Run, day: date, after: int = -1) -> Iterator[tuple[int, int, list[Key]]]:
    """Chunk by chunk: how many rows go by verdicts of ``day``, and the keys of those no secret hold keeps now."""
    case = run.case
    collection = collection_of(case.operator_id, run.source, run.collection)
    if collection.on_erase == "none":
        return
    situation, record_of = situation_of(case, day), recorder(run, orders_on(case))
    cleared = cleared_situation_of(case, clockwork.today(case))
    verdict_of = assessment.verdict_for(case, run, lambda record: judge(record, situation))
    for number, page in rowkeys.pages(run, after):
        found = ((record_of(marks), keys) for marks, keys in page.items())
        going = [(record, keys) for record, keys in found if verdict_of(record) in ERASING]
        if going:
            free = [key for record, keys in going if not _secretly_held(record, cleared) for key in keys]
            yield number, sum(len(keys) for _record, keys in going), free


def _secretly_held(record: Record, cleared: ClearedSituation) -> bool:
    """Whether only an order that few may know of keeps a row that is otherwise to be erased."""
    covered = {order.id for order in cleared.secret_orders} & record.orders
    return bool(covered) and judge_cleared(record, cleared).verdict == "keep"


def carry_out(action_id: int) -> None:
    """Erase what is left, page by page, and ask the source after each page whether the rows are gone.

    Raises SourceError, SourceStillAnswers among them; the next call goes on with the page that was not finished. Ends
    early where another worker is at the same action.
    """
    action = Action.objects.select_related("case__operator", "case__register").get(pk=action_id)
    case, run = action.case, action.case.runs.get(source=action.source, collection=action.collection)
    run.case = case
    connector, day = connector_of(case.operator_id, action.source), action.planned_on or clockwork.today(case)
    for number, rows, keys in _pages(run, day, action.chunk_done):
        left = _erase_page(action_id, connector, number, rows, keys)
        if left is None:
            return
        if left:
            Action.objects.filter(pk=action_id).update(remaining=left)
            raise SourceStillAnswers("still-there", f"{left} rows")
        Case.objects.filter(pk=case.pk).update(kicked_at=timezone.now())
    _note_receipt(action_id)


@transaction.atomic
def _erase_page(action_id: int, connector: Connector, number: int, rows: int, keys: list[Key]) -> int | None:
    """One page, holding the action's row; how many rows the source still shows. None if another worker has it."""
    free = Action.objects.select_for_update(skip_locked=True).filter(pk=action_id, chunk_done__lt=number)
    action = free.exclude(status=DONE).first()
    if action is None:
        return None
    connector.erase(action.collection, keys, dry_run=False)
    left = connector.remaining(action.collection, keys)
    if not left:
        action.chunk_done, action.done = number, action.done + rows
        action.save(update_fields=["chunk_done", "done"])
    return left


@transaction.atomic
def _note_receipt(action_id: int) -> None:
    action = Action.objects.select_for_update(of=("self",)).select_related("case__operator").get(pk=action_id)
    if action.status == DONE:
        return
    action.remaining, action.status, action.done_at, action.error = 0, DONE, timezone.now(), ""
    action.save()
    place = {"source": action.source, "collection": action.collection}
    audit.record(action.case, "rows.erased", by=audit.SYSTEM, rows=action.done, **place)

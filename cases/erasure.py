"""Erasing a person's rows: plan under lock, dry run, page by page, and then ask the source whether they are gone."""

from collections import Counter
from collections.abc import Iterator

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cases import assessment, audit, chunks, clockwork, schedule
from cases.decisions import judge, judge_cleared
from cases.evidence import cleared_situation_of, orders_on, reader, signatures, situation_of
from cases.models import Action, Case, Run
from cases.operators import collection_of, connector_of
from connectors.base import Key, SourceGarbage
from connectors.graph import key_of, parsed

DONE = Action.Status.DONE


def plan(case: Case) -> bool:
    """Judge the frozen rows again; if nothing changed since approval, write the actions and the schedule.

    False if a verdict or hold changed: the approval does not cover what would now be done.
    """
    situation = situation_of(case, clockwork.today(case))
    orders = orders_on(case)
    for run in case.runs.filter(status=Run.Status.DONE):
        now: Counter[tuple[object, ...]] = Counter()
        for record, count in signatures(run, orders).items():
            verdict = judge(record, situation)
            now[verdict.verdict, verdict.rule or "", verdict.until] += count
        then: Counter[tuple[object, ...]] = Counter()
        for finding in run.findings.filter(view="open"):
            then[finding.verdict, finding.rule, finding.until] += finding.rows
        if now != then:
            return False
    for run in case.runs.filter(status=Run.Status.DONE):
        _plan_run(case, run)
    return True


def _plan_run(case: Case, run: Run) -> None:
    connector, expected = connector_of(case.operator_id, run.source), 0
    for _number, keys in doomed(run):
        # The dry run: a column that can't take its new value is told before anything is touched.
        connector.erase(run.collection, keys, dry_run=True)
        expected += len(keys)
    schedule.write(case, run)
    if expected:
        Action.objects.create(
            case=case, kind=Action.Kind.ERASE, source=run.source, collection=run.collection, expected=expected
        )


def doomed(run: Run, after: int = -1) -> Iterator[tuple[int, list[Key]]]:
    """Page by page, the keys of the rows to erase: approved as erase, and under no hold, secret ones included."""
    case = run.case
    collection = collection_of(case.operator_id, run.source, run.collection)
    if collection.on_erase == "none":
        return
    orders, today = orders_on(case), clockwork.today(case)
    ordinary, cleared = situation_of(case, today), cleared_situation_of(case, today)
    read = reader(run, orders)
    approved = assessment.verdict_for(case, run, lambda record: judge(record, ordinary))
    for chunk in run.chunks.filter(secret=False, number__gt=after).order_by("number"):
        chunk.run = run
        keys = []
        for row in map(parsed, chunks.lines_of(chunk)):
            record = read(row)
            if approved(record) in {"erase", "gone"} and not _secretly_held(record, cleared):
                keys.append(key_of(collection, row))
        if keys:
            yield chunk.number, keys


def _secretly_held(record: object, cleared: object) -> bool:
    if not cleared.secret_orders or not record.orders:  # type: ignore[attr-defined]
        return False
    return judge_cleared(record, cleared).verdict == "keep"  # type: ignore[arg-type]


def carry_out(action_id: int) -> None:
    """Erase what is left, page by page, and ask the source after each page whether the rows are gone.

    Raises SourceError, SourceStillAnswers among them; the next call goes on with the page that was not finished.
    """
    action = Action.objects.select_related("case__operator", "case__register").get(pk=action_id)
    run = action.case.runs.get(source=action.source, collection=action.collection)
    run.case = action.case
    connector = connector_of(action.case.operator_id, action.source)
    for number, keys in doomed(run, action.chunk_done):
        connector.erase(action.collection, keys, dry_run=False)
        if left := connector.remaining(action.collection, keys):
            Action.objects.filter(pk=action_id).update(remaining=left)
            raise SourceStillAnswers("still-there", f"{left} rows")
        Action.objects.filter(pk=action_id).update(chunk_done=number, done=F("done") + len(keys))
        Case.objects.filter(pk=action.case_id).update(kicked_at=timezone.now())
    _note_receipt(action_id)


@transaction.atomic
def _note_receipt(action_id: int) -> None:
    action = Action.objects.select_for_update(of=("self",)).select_related("case__operator").get(pk=action_id)
    if action.status == DONE:
        return
    action.remaining, action.status, action.done_at, action.error = 0, DONE, timezone.now(), ""
    action.save()
    audit.record(
        action.case,
        "rows.erased",
        by=audit.SYSTEM,
        source=action.source,
        collection=action.collection,
        rows=action.done,
    )


class SourceStillAnswers(SourceGarbage):
    """The source said it erased, and still shows the rows."""

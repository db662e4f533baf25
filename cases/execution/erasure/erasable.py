"""Which of a person's rows are erased now: tried dry before anything is touched, and judged again under lock.

A row is erased only where its open verdict says so, nothing that few may know of keeps it, and the source still finds
it by the person's identifiers: a key that has passed to somebody else's row is left alone (docs/adr).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from cases.assessment import assessing
from cases.assessment.situations import all_orders_on, cleared_situation_of, open_orders_on, situation_of
from cases.casework import case_clock
from cases.execution.erasure import schedule
from cases.execution.erasure.guarded import ERASING, counted, note_by_hand
from cases.identity.known import identifiers_of
from cases.law.decisions import judge, judge_cleared
from cases.law.situation import ClearedSituation, Record, Situation
from cases.models import Action, Case, Finding, Order, Run, Task
from cases.rows import rowkeys
from cases.rows.signatures import recorder, signatures
from cases.sources.configured import collection_of, connector_of, sources_of
from cases.sources.ordinary_view import Gone, still_there
from cases.sources.places import place
from cases.sources.row_changes import all_at_once, in_parts, tell_of_strangers, would_hit
from connectors.contract.base import Connector, Identifier, Key

BY_HAND, LATER_BY_HAND = "carry-out-erasure", "erase-kept-by-hand"


@dataclass(frozen=True)
class Page:
    """One chunk's keys: of the rows that go by what everybody may know, and of those among them nothing else keeps.

    ``said``: the first with their days.
    """

    number: int
    going: list[Key]
    free: list[Key]
    said: list[Gone]


@dataclass(frozen=True)
class Target:
    """A collection an action works on, and how it is reached."""

    action: Action
    run: Run
    connector: Connector
    whose: list[Identifier]


def target(action_id: int) -> Target:
    """Raises NotConfigured where the collection has left the configuration."""
    action = Action.objects.select_related("case__operator", "case__register").get(pk=action_id)
    case, run = action.case, action.case.runs.get(source=action.source, collection=action.collection)
    run.case = case
    collection = collection_of(case.operator_id, action.source, action.collection)
    return Target(
        action, run, connector_of(case.operator_id, action.source), identifiers_of(case, collection)
    )


def erasable(run: Run) -> bool:
    """Whether a connector can erase rows of this run; where none can, it is a task for a person."""
    return collection_of(run.case.operator_id, run.source, run.collection).on_erase != "none"


def begin(case: Case) -> None:
    """Write down what is to be erased where, as it was approved. Safe to repeat."""
    for run in gathered(case):
        expected = sum(one.rows for verdict, one in decided(case, run) if verdict in ERASING)
        if expected and erasable(run):
            Action.objects.get_or_create(
                case=case,
                kind=Action.Kind.ERASE,
                source=run.source,
                collection=run.collection,
                detail="",
                defaults={"expected": expected},
            )


def gathered(case: Case) -> list[Run]:
    """The runs that came to their end, with what was found in them."""
    runs = list(case.runs.filter(status=Run.Status.DONE).prefetch_related("findings"))
    for run in runs:
        run.case = case
    return runs


def decided(case: Case, run: Run) -> Iterator[tuple[str, Finding]]:
    """What becomes of the rows of a run, as everybody may know it: each finding with the verdict that counts."""
    decision = case.decisions.filter(subject=run.category).first()
    for one in run.findings.all():
        yield assessing.effective(one.verdict, decision), one


def try_dry(action_id: int) -> None:
    """Ask the source how many of the rows it would erase, and for columns that can't take their new value.

    Raises SourceError. Counts what everybody may know of: a row that only a secret order keeps is asked for as well.
    """
    goal, found, strangers = target(action_id), 0, 0
    for page in pages(goal.run, case_clock.today(goal.run.case)):
        left = still_there(goal.run, page.going)
        for keys in in_parts(goal.run.case.operator_id, goal.run.source, goal.run.collection, left):
            hit, others = _try_keys(goal, keys)
            found += counted(goal.run.case, goal.run.source, goal.run.collection, hit, keys)
            strangers += others
    # Once: what the source held before anything was touched. What goes by itself later we have not erased.
    Action.objects.filter(pk=action_id, found=None).update(
        found=found, strangers=strangers, status=Action.Status.WAITING, attempts=0, next_try_at=None, error=""
    )


def _try_keys(goal: Target, keys: Sequence[Key]) -> tuple[int, int]:
    with place(goal.run.case.operator_id, goal.run.source):
        found = would_hit(goal.connector, goal.run.collection, keys, goal.whose)
    note_alive(goal.run.case)
    return found


def note_alive(case: Case) -> None:
    """A worker is at it: beat need not send another."""
    Case.objects.filter(pk=case.pk).update(kicked_at=timezone.now())


def release(case: Case) -> bool:
    """Judge the frozen rows of a locked case again; if nothing changed since approval, they may go.

    Then the schedule is written, and a task for each thing that no connector can do. False if a verdict or hold
    changed: the approval does not cover what would now be done.
    """
    today, orders, runs = case_clock.today(case), open_orders_on(case), gathered(case)
    situation = situation_of(case, today)
    if any(_changed(run, situation, orders) for run in runs):
        return False
    for run in runs:
        schedule.write(case, run, today)
        if not erasable(run):
            _hand_over(case, run)
            note_by_hand(run, situation, orders)
    for action in case.actions.filter(kind=Action.Kind.ERASE, strangers__gt=0):
        tell_of_strangers(case, action.source, action.collection)
    # Every page goes by the verdicts of this day, however many days the erasing takes.
    case.actions.filter(kind=Action.Kind.ERASE).update(planned_on=today)
    return True


def _changed(run: Run, situation: Situation, orders: list[Order]) -> bool:
    now: Counter[tuple[object, ...]] = Counter()
    for record, count in signatures(run, orders).items():
        verdict = judge(record, situation)
        now[verdict.verdict, verdict.rule or "", verdict.until] += count
    then: Counter[tuple[object, ...]] = Counter()
    for finding in run.findings.all():
        then[finding.verdict, finding.rule, finding.until] += finding.rows
    return now != then


def _hand_over(case: Case, run: Run) -> None:
    """What no connector can erase a person has erased: now, and what is kept when its last day has passed."""
    for verdict, one in decided(case, run):
        if verdict in ERASING:
            _task(case, BY_HAND, str(run), case_clock.last_day(case))
        elif verdict == "keep" and one.rule != schedule.CONTRACT:
            # What a running contract needs has no last day.
            due = one.until + timedelta(days=1) if one.until else None
            _task(case, LATER_BY_HAND, f"{run}.{one.until or one.rule}", due)


def _task(case: Case, kind: str, detail: str, due: date | None = None) -> None:
    if not Task.objects.filter(case=case, kind=kind, detail=detail).exists():
        Task.objects.create(operator=case.operator, case=case, kind=kind, detail=detail, due_on=due)


def pages(run: Run, day: date, after: int = -1) -> Iterator[Page]:
    """The rows that go by verdicts of ``day``, chunk by chunk after that number; all in one where they go together."""
    found = _judged(run, day, after)
    # Where one request takes several rows, all that go have to be known before it is sent.
    if not all_at_once(run.case.operator_id, run.source, run.collection):
        yield from found
    elif together := list(found):
        going = [key for page in together for key in page.going]
        free = [key for page in together for key in page.free]
        yield Page(together[-1].number, going, free, [one for page in together for one in page.said])


def _judged(run: Run, day: date, after: int) -> Iterator[Page]:
    case = run.case
    # Verdicts of the day that was released, secret orders of today: one that has come since still keeps its rows.
    situation, record_of = situation_of(case, day), recorder(run, all_orders_on(case))
    cleared = cleared_situation_of(case, case_clock.today(case))
    verdict_of = assessing.verdict_for(case, run, lambda record: judge(record, situation))
    for number, page in rowkeys.pages(run, after):
        found = ((record_of(marks), keys) for marks, keys in page.items())
        going = [(record, keys) for record, keys in found if verdict_of(record) in ERASING]
        if going:
            free = [(record, keys) for record, keys in going if not _secretly_held(record, cleared)]
            said = [(key, record.at) for record, keys in going for key in keys]
            yield Page(number, _flat(going), _flat(free), said)


def _flat(found: Iterable[tuple[Record, list[Key]]]) -> list[Key]:
    return [key for _record, keys in found for key in keys]


def _secretly_held(record: Record, cleared: ClearedSituation) -> bool:
    """Whether only an order that few may know of keeps a row that is otherwise to be erased."""
    covered = {order.id for order in cleared.secret_orders} & record.orders
    return bool(covered) and judge_cleared(record, cleared).verdict == "keep"


def in_order(case: Case) -> list[Action]:
    """The erasures of a case, those described last first: what refers to other rows goes before them."""
    described = [
        (source.key, collection.key)
        for source in sources_of(case.operator_id)
        for collection in source.collection
    ]
    places = {where: number for number, where in enumerate(described)}
    actions = case.actions.filter(kind=Action.Kind.ERASE)
    return sorted(actions, key=lambda one: -places.get((one.source, one.collection), len(places)))

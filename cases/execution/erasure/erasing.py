"""Carrying out an erasure: everything is tried dry, judged again, erased a page at a time, and asked for again.

Each question takes a place of its own at the source, so that a long erasure lets others in between its pages.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from cases.casework import audit, case_clock
from cases.casework.workflow import advance, take
from cases.execution.erasure import coming_back, erasable, guarded, later_rows, marketing, schedule
from cases.execution.erasure.erasable import Page, Target, note_alive, pages, target
from cases.execution.failed_actions import note_failure, workable
from cases.models import Action, Case
from cases.models.case import Stage
from cases.sources.ordinary_view import note_said_erased
from cases.sources.places import place
from cases.sources.row_changes import IN_THE_WAY, in_parts, remove
from connectors.contract.base import Key, SourceError, SourceGarbage

ERASE, DONE = Action.Kind.ERASE, Action.Status.DONE


class SourceStillAnswers(SourceGarbage):
    """The source said it erased, and still shows the rows."""


def work(case: Case) -> str | None:
    """As far as it goes now; the next call goes on from there.

    None once it is carried out; else the code of what stops the stage, empty where an action's own status says it.
    """
    for action in _workable(case):
        if action.found is None:
            _attempt(action, erasable.try_dry)
    if not _released(case.pk) or not marketing.stop(case):
        return ""
    _carry_out_all(case)
    if case.actions.filter(kind=ERASE).exclude(status=DONE).exists():
        return ""
    return None if later_rows.look_everywhere(case) else "source-down"


def _workable(case: Case) -> list[Action]:
    free = set(case.actions.filter(workable(), kind=ERASE).values_list("pk", flat=True))
    return [action for action in erasable.in_order(case) if action.pk in free]


def _attempt(action: Action, act: Callable[[int], None]) -> None:
    try:
        act(action.pk)
    except SourceError as error:
        note_failure(action.pk, error)


@transaction.atomic
def _released(case_id: int) -> bool:
    """Whether the rows may go: all was tried dry, and what was approved is what would be done."""
    case = take(case_id, Stage.EXECUTION)
    if case is None or case.actions.filter(kind=ERASE, found=None).exists():
        return False
    planned = set(case.actions.filter(kind=ERASE).values_list("planned_on", flat=True))
    if planned and None not in planned:
        return True
    if erasable.release(case):
        marketing.enlist(case)
        return True
    # They are of verdicts that no longer hold; the next approval has its own.
    case.actions.filter(kind=ERASE).delete()
    advance(case, Stage.HOLDS, by=audit.SYSTEM, reason="verdicts-changed")
    return False


def _carry_out_all(case: Case) -> None:
    """What the rows of another collection still refer to is tried again after that one, as long as that helps."""
    waiting = _workable(case)
    while waiting:
        stuck = [action for action in waiting if not _gone(action)]
        # None of them gave way, so what is in the way is none of these: now it is a failure.
        if len(stuck) == len(waiting):
            for action in stuck:
                _attempt(action, carry_out)
            return
        waiting = stuck


def _gone(action: Action) -> bool:
    """False where other rows are in the way."""
    try:
        carry_out(action.pk)
    except SourceError as error:
        if error.code == IN_THE_WAY:
            return False
        note_failure(action.pk, error)
    return True


def carry_out(action_id: int) -> None:
    """Erase what is left, page by page; ask after each page by its keys, and in the end by the person's identifiers.

    Raises SourceError, SourceStillAnswers among them; the next call goes on with the page that was not finished. Ends
    early where another worker is at the same action, and does nothing before everything was tried dry.
    """
    goal = target(action_id)
    if goal.action.planned_on is None or goal.action.status == DONE:
        return
    for page in pages(goal.run, goal.action.planned_on, goal.action.chunk_done):
        left = _erase_page(goal, page)
        if left is None:
            return
        if left:
            _still_answers(action_id, left)
    if left := later_rows.look(goal.run, goal.action.planned_on):
        # From the first page again: what was believed erased is not.
        Action.objects.filter(pk=action_id).exclude(status=DONE).update(chunk_done=-1, done=0)
        _still_answers(action_id, left)
    _keep_what_is_held_now(action_id, goal)
    _note_receipt(action_id, goal.connector.outlasting(goal.run.collection))


def _still_answers(action_id: int, rows: int) -> None:
    Action.objects.filter(pk=action_id).update(remaining=rows)
    raise SourceStillAnswers("still-there", f"{rows} rows")


def _erase_page(goal: Target, page: Page) -> int | None:
    """One page; how many rows the source still shows. None if another worker has it, or it has to wait."""
    # A secret rule may have come into question since the first page: then nothing more goes, or is said to.
    if guarded.waits(goal.run.case, source=goal.run.source, collection=goal.run.collection):
        return None
    left = 0
    for keys in in_parts(goal.run.case.operator_id, goal.run.source, goal.run.collection, page.free):
        found = _erase_part(goal, page.number, keys)
        if found is None:
            return None
        left += found
    if not left:
        _note_page(goal.action.pk, page)
    return left


def _erase_part(goal: Target, number: int, keys: Sequence[Key]) -> int | None:
    """The place comes first: whoever waits for one holds nothing that another could wait for."""
    with place(goal.run.case.operator_id, goal.run.source):
        action = _locked(goal.action.pk, number, skip_locked=True)
        if action is None:
            return None
        passed_on = action.strangers > 0
        removed = remove(goal.connector, goal.run.collection, keys, goal.whose, passed_on=passed_on)
    note_alive(goal.run.case)
    return removed.left


def _locked(action_id: int, number: int, *, skip_locked: bool = False) -> Action | None:
    """The action, if this page of it is still to be done."""
    free = Action.objects.select_for_update(skip_locked=skip_locked).exclude(status=DONE)
    return free.filter(pk=action_id, chunk_done__lt=number).first()


@transaction.atomic
def _note_page(action_id: int, page: Page) -> None:
    if action := _locked(action_id, page.number):
        action.chunk_done = page.number
        # Rows that only a secret order keeps are counted with the rest: a smaller number would tell of it.
        action.done = min(action.done + len(page.going), _tried(action))
        action.save(update_fields=["chunk_done", "done"])
        note_said_erased(action.case, action.source, action.collection, str(page.number), page.said)
        coming_back.remember(action.case, action.source, action.collection, str(page.number), page.free)


def _tried(action: Action) -> int:
    """What the source held of the rows when it was asked before: what had gone by then, we have not erased."""
    return action.expected if action.found is None else action.found


def _keep_what_is_held_now(action_id: int, goal: Target) -> None:
    """A hold that came while others were being erased keeps its rows: they go with the schedule."""
    action = Action.objects.get(pk=action_id)
    if action.done < _tried(action):
        schedule.write(goal.run.case, goal.run, case_clock.today(goal.run.case))


@transaction.atomic
def _note_receipt(action_id: int, kept: timedelta | None) -> None:
    """``kept``: how long the source keeps earlier versions, in which the rows still are."""
    action = Action.objects.select_for_update(of=("self",)).select_related("case__operator").get(pk=action_id)
    if action.status == DONE:
        return
    action.remaining, action.status, action.done_at, action.error = 0, DONE, timezone.now(), ""
    if kept is not None and action.done:
        action.copies_until = timezone.localtime(action.done_at + kept).date()
    action.save()
    where = {"source": action.source, "collection": action.collection}
    audit.record(action.case, "rows.erased", by=audit.SYSTEM, rows=action.done, **where)

"""What a stronger proof sets going: the case goes back for what waited, from wherever it stands on the line.

What was approved without it falls away, and a second person approves the whole. Once the sources have been changed
there is no way back: the case ends as it was approved, and the rest comes in one of its own (`request.once_more`).
"""

from django.db import transaction

from cases.casework import audit
from cases.casework.dispatch import send
from cases.casework.workflow import ANOTHER, advance, block, kick
from cases.identity.known import search_anew
from cases.identity.stepping_up.waiting import opened_runs
from cases.models import Action, Case, Submission
from cases.models.case import Stage

# Where an answer is being written, lies for approval, or was approved.
ANSWERING = frozenset({Stage.ANSWER, Stage.APPROVAL, Stage.EXECUTION})
# Opens the case for the rest of one that is over. A task of its own: a fault in it may hold back no proof, no delivery.
TASK = "cases.tasks.go_on"
GATHERED = frozenset({Stage.COLLECTION, Stage.HOLDS, Stage.DECISIONS}) | ANSWERING


def gather_rest(case: Case, *, by: audit.Actor, learned: bool) -> None:
    """Gather what a locked case left out for want of proof, if there is enough of it now.

    ``learned``: the proof told whom to look for, so that all is searched and gathered anew.
    """
    if case.blocked_by == ANOTHER:
        block(case, "")
        kick(case)
        return
    opened = [run.pk for run in opened_runs(case)]
    if case.stage not in GATHERED | {Stage.MATCHING} or not (learned or opened):
        return
    if case.stage in ANSWERING and not _taken_back(case, by):
        return
    if learned:
        search_anew(case, by=by)
        return
    case.runs.filter(pk__in=opened).delete()
    if case.stage == Stage.COLLECTION:
        kick(case)
    elif case.stage != Stage.MATCHING:
        advance(case, Stage.MATCHING, by=by)


def go_on_with_closed(submission: Submission) -> None:
    """The same for what of a request is over: by a case that follows it, once this is committed."""
    for case in submission.cases.filter(stage=Stage.CLOSED).order_by("pk"):
        if opened_runs(case):
            go_on_later(case)


def go_on_later(case: Case) -> None:
    transaction.on_commit(lambda: send(TASK, case.pk))


def _taken_back(case: Case, by: audit.Actor) -> bool:
    """Whether the answer could be called back: it is built anew, and what was approved is named as fallen away."""
    approved = case.stage == Stage.EXECUTION
    if approved and not plans_dropped(case):
        return False
    case.answers.overtake()
    audit.record(case, "approval.lapsed" if approved else "answer.overtaken", by=by)
    return True


def plans_dropped(case: Case) -> bool:
    """Take back what is only planned at the sources; False where something was done there already."""
    planned = case.actions.filter(kind=Action.Kind.ERASE, planned_on=None)
    if planned.count() < case.actions.count():
        return False
    planned.delete()
    return True

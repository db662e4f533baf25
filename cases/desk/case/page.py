"""The case page: the whole line of one case, top to bottom."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from cases.assessment.deciding import for_a_lawyer, needs_a_look, open_decisions
from cases.casework import audit, case_clock
from cases.casework.course import alike, turning
from cases.casework.members.hands import hand_of, others
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.refusal_words import MESSAGES
from cases.casework.workflow import LEADS_NOWHERE, TO_READ, LineStep, line
from cases.collection import parts
from cases.collection.nowhere import nowhere
from cases.collection.progress import progress
from cases.collection.run_commands import refused_by_law
from cases.desk.case import panels
from cases.desk.case.conversation.talking import conversation
from cases.desk.case.correcting import corrected
from cases.desk.case.decisions import decisions_of, going_on
from cases.desk.case.following import followed, with_clearance
from cases.desk.case.next_step import State, next_step
from cases.desk.case.people.asking import person
from cases.desk.case.people.protecting import protecting
from cases.desk.case.proven.vouching import vouched
from cases.desk.case.reviewing import reviewed
from cases.desk.case.whatif import what_if
from cases.desk.scope import DeskRequest, find_case, permissions_of, staff
from cases.desk.tasks import open_tasks
from cases.desk.wording import words
from cases.desk.working.handing_over import standing_in
from cases.execution.objections import stoplist
from cases.execution.recipients import forwarding
from cases.models import (
    Case,
    ClockEvent,
    Decision,
    Proof,
    ProposedProof,
    Run,
    User,
    WrappedKey,
)
from cases.models.case import Right, Stage
from cases.models.keys import KeyUse
from cases.request import supplement

# The stages in which something happens by itself: the page asks again every two seconds.
MOVING = frozenset({Stage.MATCHING, Stage.COLLECTION, Stage.HOLDS, Stage.ANSWER, Stage.EXECUTION})

GATHERED = frozenset({Run.Status.DONE, Run.Status.NOT_PROVEN, Run.Status.LEFT_OUT, Run.Status.UNSEARCHED})


# What several parts of the page are made of: asked for once. Buttons look at the case anew, under its lock.
AT_HAND = (
    Prefetch("keys", WrappedKey.objects.filter(use=KeyUse.FILE), to_attr="keys_at_hand"),
    "runs",
    "actions",
    "claimed",
    "identifiers",
    Prefetch("clock_events", ClockEvent.objects.select_related("by", "question")),
    Prefetch("decisions", Decision.objects.select_related("decided_by")),
    Prefetch("submission__proofs", Proof.objects.select_related("by", "second")),
)


class PreparedAnswer(Protocol):
    """What the page reads of an answer. `exports`, which makes answers, lies above this room."""

    @property
    def status(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def error(self) -> str: ...
    @property
    def prepared_by_id(self) -> int | None: ...
    @property
    def expires_at(self) -> datetime | None: ...


def _moves(case: Case) -> bool:
    return case.stage in MOVING and case.blocked_by != TO_READ


@dataclass(frozen=True)
class Station:
    """One step of the line across the top, and the section of the page that is about it."""

    step: LineStep
    section: str
    detail: str


def _stations(case: Case, done: int, total: int) -> list[Station]:
    stations = []
    for index, step in enumerate(line(case)):
        section = words.STATIONS[step.stage] if index else "clock"
        counts = step.stage == Stage.COLLECTION and step.state in {"current", "blocked"}
        stations.append(Station(step, section, f"{done}/{total}" if counts else ""))
    return stations


def _state(
    request: DeskRequest, case: Case, can: frozenset[Permission], answer: PreparedAnswer | None
) -> State:
    runs = [run.status for run in case.runs.all()]
    actions, undecided = [action.status for action in case.actions.all()], open_decisions(case)
    return State(
        user_id=request.user.pk,
        can=can,
        second_person=ProposedProof.objects.filter(submission=case.submission_id).exists(),
        claims_open=sum(not (one.confirmed_at or one.rejected_at) for one in case.claimed.all()),
        runs_total=len(runs),
        runs_done=sum(status in GATHERED for status in runs),
        runs_failed=runs.count(Run.Status.FAILED),
        runs_paused=runs.count(Run.Status.PAUSED),
        runs_asked=runs.count(Run.Status.ASKED),
        decisions_open=len(undecided),
        choices_open=sum(map(needs_a_look, undecided)),
        lawyers_open=sum(map(for_a_lawyer, undecided)),
        answer_status=answer.status if answer else "",
        answer_version=answer.version if answer else 0,
        answer_error=answer.error if answer else "",
        prepared_by=answer.prepared_by_id if answer else None,
        **_approval(request, case, answer),
        expires_on=_local(answer),
        actions_total=len(actions),
        actions_done=actions.count("done"),
        actions_failed=actions.count("failed"),
        refused=len(refused_by_law(case)),
    )


def _approval(request: DeskRequest, case: Case, answer: PreparedAnswer | None) -> dict[str, str]:
    """What keeps this reader from approving, and who can: asked only while the answer waits for that."""
    if answer is None or case.stage != Stage.APPROVAL:
        return {}
    return {"hand": hand_of(request.user, case), "others": others(case, prepared_by=answer.prepared_by_id)}


def _local(answer: PreparedAnswer | None) -> date | None:
    return timezone.localdate(answer.expires_at) if answer and answer.expires_at else None


def _data(case: Case, can: frozenset[Permission]) -> dict[str, Any]:
    cleared = Permission.SEE_SECRET in can
    runs = list(case.runs.all())
    groups = panels.data_groups(
        runs, panels.findings_of(case, cleared=cleared), register_of_case(case), cleared=cleared
    )
    return {
        "groups": groups,
        "holds": panels.holds(groups),
        "what_if": what_if(groups) if case.right == Right.ERASURE else None,
    }


def _clock(case: Case, user: User) -> dict[str, Any]:
    return {
        "clock": case_clock.clock_of(case),
        "paused": case_clock.is_paused(case),
        "clock_events": case.clock_events.all(),
        "turns": case.turns.select_related("by"),
        "may_add": not supplement.keeps_from_supplementing(case),
        "supplement": supplement.begun(case) if case.is_closed else None,
        "may_pass_on": forwarding.keeps_from_saying(case) is None,
        "may_split": not parts.keeps_from_splitting(case),
        "rest": parts.rest_of(case),
        "may_put_together": not parts.keeps_from_putting_together(case),
        "may_reopen": case.is_closed and not turning.keeps_from_reopening(case),
        "today": case_clock.today(case),
        "not_extendable": _sentence(case_clock.not_extendable(case)),
        **_more_time(case, user),
    }


def _more_time(case: Case, user: User) -> dict[str, Any]:
    """What stands for an extension, and against stopping the clock by a question; nothing of a closed case."""
    if case.is_closed:
        return {}
    refusal = case_clock.keeps_from_specifying(case)
    return {
        "not_specified": refusal.message if refusal else "",
        "grounds": ClockEvent.Ground.choices,
        "rows_so_far": case_clock.rows_of(case),
        "systems": len({run.source for run in case.runs.all()}),
        "other_requests": case_clock.requests_of_late(case, user),
    }


def _sentence(code: str) -> str:
    return str(MESSAGES[code]) if code else ""


@staff
def case_page(request: DeskRequest, reference: str) -> HttpResponseBase:
    case = find_case(request.user, reference)
    can = permissions_of(request.user, case.operator_id)
    if Permission.READ_CONTENT not in can:
        return _trail(request, case)
    prefetch_related_objects([case], *AT_HAND)
    answers = list(case.answers.select_related("prepared_by", "approved_by"))
    answer = answers[0] if answers else None
    state = _state(request, case, can, answer)
    decisions = decisions_of(case, can)
    context = {
        "case": case,
        "can": {permission.name.lower(): True for permission in can},
        "register": register_of_case(case),
        "stations": _stations(case, state.runs_done, state.runs_total),
        "next": next_step(case, state),
        "state": state,
        "sources": panels.source_lines(progress(case, words.language())),
        "nowhere": nowhere(case) if case.blocked_by == LEADS_NOWHERE else None,
        "moving": _moves(case),
        "decisions": decisions,
        "answers": answers,
        "answer": answer,
        "returned": next((one for one in answers if one.status == "returned"), None),
        "may_word": case.stage == Stage.DECISIONS or case.blocked_by == TO_READ,
        "may_read_answer": bool(can & {Permission.WORK_CASES, Permission.APPROVE}),
        "actions": case.actions.all(),
        "scheduled": case.scheduled.all(),
        "recipients": case.recipient_notices.all(),
        "restrictions": case.restrictions.all(),
        "stopped": stoplist.stopped(case),
        "tasks": open_tasks(request.user, case),
        "timeline": audit.timeline(case),
        **person(case),
        **protecting(case, can),
        **vouched(case, request.user),
        **_data(case, can),
        **_clock(case, request.user),
        **going_on(case, decisions),
        **corrected(case, can),
        **reviewed(case, can),
        **followed(case, can),
        **with_clearance(case, can, request.user),
        **standing_in(case),
        "alike": alike.alike(case, request.user),
        "linked": alike.linked(case, request.user),
        "disputes": case.disputes.all(),
        "talk": conversation(case, begin=request.GET.get("question", "")),
    }
    return render(request, "desk/case.html", context)


def _trail(request: DeskRequest, case: Case) -> HttpResponse:
    """What an auditor reads of a case: where it stands and what was done, and nothing of the person."""
    context = {
        "case": case,
        "stations": _stations(case, 0, 0),
        "timeline": audit.timeline(case),
        "clock": case_clock.clock_of(case),
        "today": case_clock.today(case),
    }
    return render(request, "desk/trail.html", context)


@staff
def progress_part(request: DeskRequest, reference: str) -> HttpResponseBase:
    """What htmx asks for while something moves; the whole page again once the stage has changed."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.READ_CONTENT)
    if request.GET.get("stage") != case.stage or case.blocked_by == TO_READ:
        return HttpResponse(headers={"HX-Refresh": "true"})
    can = permissions_of(request.user, case.operator_id)
    runs = progress(case, words.language())
    done = sum(each.run.status in GATHERED for each in runs)
    context = {
        "case": case,
        "can": {permission.name.lower(): True for permission in can},
        "sources": panels.source_lines(runs),
        "total": len(runs),
        "moving": _moves(case),
        "done": done,
        # Said aloud when the count has moved, not every other second.
        "said": request.GET.get("done") != str(done),
        "polled": True,
        "actions": case.actions.all(),
    }
    return render(request, "desk/case.html#progress", context)

"""The line every case travels. Read this first.

    request -> verification -> matching -> collection -> holds -> decisions -> answer -> approval
            -> execution -> delivery -> closed

One module per stage works it: intake, verification, matching, collection, assessment (holds and decisions),
exports.answers, exports.approval, execution, exports.delivery. A stage's task is named here and sent on commit,
so that no stage imports a later one; beat sends it again if it got lost. Tasks may run twice and die anywhere.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from cases import audit
from cases.models import Case
from cases.models.case import Outcome, Right, Stage

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

log = structlog.get_logger()

LINE: tuple[Stage, ...] = (
    Stage.VERIFICATION, Stage.MATCHING, Stage.COLLECTION, Stage.HOLDS, Stage.DECISIONS, Stage.ANSWER,
    Stage.APPROVAL, Stage.EXECUTION, Stage.DELIVERY, Stage.CLOSED,
)  # fmt: skip

# Stages without a task wait for a person: the data subject, a caseworker, an approver.
TASKS: dict[Stage, str] = {
    Stage.MATCHING: "cases.tasks.match",
    Stage.COLLECTION: "cases.tasks.collect",
    Stage.HOLDS: "cases.tasks.assess",
    Stage.ANSWER: "exports.tasks.build",
    Stage.EXECUTION: "cases.tasks.execute",
    Stage.DELIVERY: "exports.tasks.deliver",
}

NEXT: dict[Stage, frozenset[Stage]] = {
    Stage.VERIFICATION: frozenset({Stage.MATCHING}),
    Stage.MATCHING: frozenset({Stage.COLLECTION}),
    Stage.COLLECTION: frozenset({Stage.HOLDS, Stage.MATCHING}),
    Stage.HOLDS: frozenset({Stage.DECISIONS, Stage.MATCHING}),
    Stage.DECISIONS: frozenset({Stage.ANSWER, Stage.HOLDS, Stage.MATCHING}),
    Stage.ANSWER: frozenset({Stage.APPROVAL, Stage.DECISIONS}),
    Stage.APPROVAL: frozenset({Stage.EXECUTION, Stage.DECISIONS, Stage.HOLDS}),
    Stage.EXECUTION: frozenset({Stage.DELIVERY, Stage.HOLDS}),
    Stage.DELIVERY: frozenset(),
    Stage.CLOSED: frozenset({Stage.VERIFICATION, Stage.DECISIONS}),
}

# Rights that act at the sources once matched, before the letter is approved (interim measures).
INTERIM: frozenset[str] = frozenset({Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL})

PATIENCE = timedelta(seconds=60)

MESSAGES = {
    "wrong-stage": _("The case is at “%(stage)s”; this can't be done there."),
    "closed": _("The case is closed. Reopen it first."),
    "code-wrong": _("That is not the code we sent. You have %(tries)s tries left."),
    "code-expired": _("The code has run out. Ask for a new one."),
    "code-none-left": _("Too many tries. Ask for a new code."),
    "choose-outcome": _("This one needs your own judgement. Choose an outcome and say why."),
    "nothing-to-confirm": _("There is nothing left to decide here."),
    "decisions-open": _("%(count)s decisions are still open. Accept or change them first."),
    "reason-needed": _("Write down the reason; it goes into the record."),
    "no-refusal": _("The law leaves no room for a refusal here."),
    "hold-not-overridable": _("A statutory hold can only be overridden by a legal officer."),
    "outcome-unknown": _("“%(outcome)s” is not an outcome this right can have."),
    "same-person": _("You prepared this answer. Another person has to approve it."),
    "not-ready": _("The answer is not ready to be approved."),
    "answer-changed": _("The answer has changed since you looked at it. Look again."),
    "not-a-caseworker": _("This person doesn't work cases for this operator."),
    "package-gone": _("The package could be fetched until %(day)s. Ask us again if you still need it."),
    "package-not-ready": _("There is no package to fetch yet."),
    "no-extension": _("This request can't be extended: the law gives it no second period."),
    "extension-late": _("The first month is over; it is too late to extend."),
    "extended-already": _("This case has been extended once already."),
    "paused-already": _("The clock is paused already."),
    "not-paused": _("The clock is not paused."),
    "own-role": _("You can't take your own administration away. Ask another administrator."),
    "already-decided": _("Somebody has decided this already."),
    "verdicts-changed": _("Holds or verdicts changed since approval. Look at the case again before it is carried out."),
    "blocked": _("Before this can be answered: %(what)s"),
    "run-not-stopped": _("This source is not stopped; there is nothing to retry."),
    "claims-open": _("The person typed identifiers that no source links to them. Confirm or reject these first."),
    "failed-sources": _("A source has failed. Try it again, or have it mended, before the answer is prepared."),
    "proof-missing": _("Nobody has proven who asks yet."),
    "source-unknown": _("There is no such source."),
    "key-reused": _("This idempotency key was used for another request."),
    "order-invalid": _("%(what)s"),
    "mail-limit": _("Too many codes were asked for. Wait an hour and try again."),
}  # fmt: skip


class Refusal(Exception):
    """A command that can't be done, with a sentence that says why and what to do instead."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    @property
    def message(self) -> str:
        return str(MESSAGES[self.code]) % self.params


def lock(case_id: int) -> Case:
    """The case, locked until the transaction ends. Every command starts with this."""
    return Case.objects.select_for_update(of=("self",)).select_related("operator", "register").get(pk=case_id)


def at_stage(case: Case, *stages: Stage) -> None:
    """Refusal unless the case is at one of these stages."""
    if case.stage not in stages:
        raise Refusal("wrong-stage", stage=case.get_stage_display())


def kick(case: Case) -> None:
    """Send the stage's task when the transaction commits. Losing it costs time only: beat sends it again."""
    if task := TASKS.get(Stage(case.stage)):
        transaction.on_commit(lambda: send(task, case.pk))


def send(task: str, *args: int) -> None:
    """Hand a task to Celery. A broker that is away is no error: what was asked stands in PostgreSQL."""
    try:
        current_app.send_task(task, args=args)
    except (OSError, OperationalError):
        log.warning("task.not-sent", task=task)


def advance(case: Case, to: Stage, *, by: audit.Actor, **data: Any) -> None:
    """Move a locked case along the line, record it, and set the next stage's task going."""
    if to not in NEXT[Stage(case.stage)]:
        raise Refusal("wrong-stage", stage=case.get_stage_display())
    came_from, case.stage = case.stage, to
    case.stage_since = case.kicked_at = timezone.now()
    case.blocked_by = ""
    if came_from == Stage.CLOSED:
        case.outcome, case.closed_at = "", None
    case.save(update_fields=["stage", "stage_since", "kicked_at", "blocked_by", "outcome", "closed_at"])
    audit.record(case, f"stage.{to}", by=by, came_from=came_from, **data)
    kick(case)


def close(case: Case, outcome: Outcome, *, by: audit.Actor, **data: Any) -> None:
    """End a locked case. The outcome is set here and nowhere else."""
    if case.is_closed:
        return
    case.stage, case.outcome, case.closed_at = Stage.CLOSED, outcome, timezone.now()
    case.stage_since, case.blocked_by = case.closed_at, ""
    case.save(update_fields=["stage", "outcome", "closed_at", "stage_since", "blocked_by"])
    audit.record(case, "case.closed", by=by, outcome=outcome, **data)


def block(case: Case, code: str) -> None:
    """Note what stops the stage, so that the queue can show it."""
    if case.blocked_by != code:
        case.blocked_by = code
        case.save(update_fields=["blocked_by"])


@transaction.atomic
def note_blocked(case_id: int, code: str) -> None:
    """The same, for a task that holds no lock."""
    block(lock(case_id), code)


def stalled() -> QuerySet[Case]:
    """Cases whose stage has a task that was sent a while ago, without the stage having moved on."""
    return Case.objects.filter(stage__in=list(TASKS), kicked_at__lt=timezone.now() - PATIENCE)[:1000]


@dataclass(frozen=True)
class LineStep:
    """One station of the line on the case page. state: done, current, blocked or todo."""

    stage: Stage
    label: str
    state: str


STATIONS: tuple[tuple["StrPromise", tuple[Stage, ...]], ...] = (
    (_("Received"), ()),
    (_("Proven"), (Stage.VERIFICATION,)),
    (_("Matched"), (Stage.MATCHING,)),
    (_("Collected"), (Stage.COLLECTION,)),
    (_("Reviewed"), (Stage.HOLDS, Stage.DECISIONS)),
    (_("Approved"), (Stage.ANSWER, Stage.APPROVAL)),
    (_("Carried out"), (Stage.EXECUTION,)),
    (_("Delivered"), (Stage.DELIVERY,)),
)


def line(case: Case) -> list[LineStep]:
    """The stations of this case in order, each with its state."""
    here = LINE.index(Stage(case.stage))
    steps = []
    for label, stages in STATIONS:
        positions = [LINE.index(stage) for stage in stages]
        current = here in positions
        state = "done" if all(position < here for position in positions) else "current" if current else "todo"
        if current and case.blocked_by:
            state = "blocked"
        steps.append(LineStep(stages[0] if stages else Stage.VERIFICATION, gettext(str(label)), state))
    return steps

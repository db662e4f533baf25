"""The line every case travels. Read this first.

    request -> verification -> matching -> collection -> holds -> decisions -> answer -> approval
            -> execution -> delivery -> closed

One module per stage works it:

    request.intake, identity.verification, identity.matching, collection.gathering, assessment.assessing (holds),
    assessment.deciding, exports.answer.building, exports.approval, execution.carrying_out, exports.delivery

A stage's task is named here and sent on commit, so that no stage imports a later one; beat sends it again if it got
lost. Tasks may run twice and die anywhere.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.casework import audit
from cases.casework.dispatch import send
from cases.casework.refusal_words import MESSAGES
from cases.models import Case
from cases.models.case import Outcome, Right, Stage

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

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
    # Back to matching: an owner's rows told further identifiers (`collection.waves`).
    Stage.COLLECTION: frozenset({Stage.HOLDS, Stage.MATCHING}),
    Stage.HOLDS: frozenset({Stage.DECISIONS, Stage.MATCHING}),
    Stage.DECISIONS: frozenset({Stage.ANSWER, Stage.HOLDS, Stage.MATCHING}),
    Stage.ANSWER: frozenset({Stage.APPROVAL, Stage.DECISIONS, Stage.HOLDS, Stage.MATCHING}),
    # Back to matching: a stronger proof opens what was not gathered (`identity.stepping_up`).
    Stage.APPROVAL: frozenset({Stage.EXECUTION, Stage.DECISIONS, Stage.HOLDS, Stage.MATCHING}),
    # Back to holds: what is approved no longer fits, or a source may not erase by law and the rest is approved anew.
    Stage.EXECUTION: frozenset({Stage.DELIVERY, Stage.HOLDS, Stage.MATCHING}),
    # Closed by `close` alone, which sets the outcome.
    Stage.DELIVERY: frozenset(),
    # By `course.turning.reopen` alone: what was gathered is gone by then, or soon is.
    Stage.CLOSED: frozenset({Stage.VERIFICATION, Stage.MATCHING}),
}

# Rights that act at the sources once matched, before the letter is approved (interim measures).
INTERIM: frozenset[str] = frozenset({Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL})

# The task to decide whether a case that nobody proves is closed.
UNPROVEN = "close-unidentified"
# The task to check that whoever asks for somebody else may do so.
AUTHORITY = "check-authority"
# The task to look at a child's own request.
CHILD = "hear-child"
PARTIAL = "partial"
# The task of a second person, who confirms that the first has seen who asks.
SECOND_PERSON = "confirm-proof"
# The task to tell of a package that reached the wrong person, or to write down why nobody has to be told.
BREACH = "personal-data-breach"
# What stops a case in which somebody has proven a national number, and the sources know whoever was found by another.
ANOTHER = "another-shown"
# What stops a case in which nobody could be found by what is known, and the task to find a way on.
LEADS_NOWHERE = "leads-nowhere"
# What an answer waits for that another provider was to get as well, and did not take.
RECEIVER_REFUSED = "receiver-refused"
# What an answer that is written waits for: whoever works the case reads it and sends it to approval.
TO_READ = "answer-to-read"

# What a case is back for whose answer the approver did not let go.
RETURNED = "returned"

# What Redis forgot costs this long: whatever has been silent for more is sent again.
PATIENCE = timedelta(seconds=60)

# What can stop a stage, as the queue says it. Those in WAITS_FOR_PERSON are not tried again by beat.
BLOCKED_BY: dict[str, "StrPromise"] = {
    "authority-to-check": _("somebody asks for another person: the authority needs a check"),
    "child-to-hear": _("a child asks: a person looks at it first"),
    "person-to-confirm": _("who the person concerned is has to be confirmed"),
    "number-to-confirm": _("the number that was proven leads to nobody, and something else to somebody"),
    ANOTHER: _("whoever showed who they are is not whom the sources know"),
    "claims-to-check": _("identifiers need a check"),
    "source-down": _("a source does not answer; it is asked again"),
    "source-failed": _("a source has failed"),
    "source-paused": _("a source is paused"),
    "waiting-for-owner": _("the owner of a system has been asked"),
    "waits-for-access": _("waits until the access answer is delivered"),
    LEADS_NOWHERE: _("nothing known of the person leads to where they may be"),
    "waits-for-rule": _("waits for a legal decision about this kind of data; it goes on by itself"),
    "gathered-damaged": _("a file of what was gathered is missing or damaged; put it back from the backup"),
    "vault-full": _("the vault's disk is full; it goes on by itself when there is room"),
    "vault-read-only": _("the vault takes no files; it goes on by itself when it does"),
    "vault-away": _("the vault can't be reached; it goes on by itself when it can"),
    "task-failed": _("something broke that nobody foresaw; it is tried again"),
    "by-hand": _("something has to be done by hand before the answer says that it is done"),
    "recipients": _("those who have received the data are being told"),
    "receipt-read-back": _(
        "the receipt says what is masked in the answer; look at what was written down for it"
    ),
    "package-changed": _(
        "the package in the vault is not the one that was approved; put it back from the backup"
    ),
    "receiver-away": _("the provider that is to get the data does not answer; it is tried again"),
    RECEIVER_REFUSED: _("the provider that is to get the data has not taken them"),
    TO_READ: _("the answer is written; read it and send it to approval"),
    RETURNED: _("the approver sent the answer back"),
}
# Whoever does what these wait for wakes the case.
WAITS_FOR_PERSON = frozenset(
    {
        "claims-to-check",
        "authority-to-check",
        "child-to-hear",
        "person-to-confirm",
        "number-to-confirm",
        ANOTHER,
        LEADS_NOWHERE,
        "by-hand",
        "recipients",
        RECEIVER_REFUSED,
        TO_READ,
    }
)


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
    # The case alone: its operator and register are shared by all cases, which would then wait for each other.
    return Case.objects.select_for_update(of=("self",)).select_related("operator", "register").get(pk=case_id)


def take(case_id: int, stage: Stage) -> Case | None:
    """The case, locked for a task of this stage; None if it stands elsewhere or another worker is at it."""
    # Its key stays free: whoever only adds a row to the case at this moment must not keep the task off for a minute.
    cases = Case.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    return cases.select_related("operator", "register", "submission").filter(pk=case_id, stage=stage).first()


def at_stage(case: Case, *stages: Stage) -> None:
    """Refusal unless the case is at one of these stages."""
    if case.stage not in stages:
        raise Refusal("wrong-stage", stage=case.get_stage_display())


def kick(case: Case) -> None:
    """Send the stage's task when the transaction commits. Losing it costs time only: beat sends it again."""
    if task := TASKS.get(Stage(case.stage)):
        transaction.on_commit(lambda: send(task, case.pk))


def advance(case: Case, to: Stage, *, by: audit.Actor, **data: Any) -> None:
    """Move a locked case along the line, record it, and set the next stage's task going."""
    if to not in NEXT[Stage(case.stage)]:
        raise Refusal("wrong-stage", stage=case.get_stage_display())
    came_from, case.stage = case.stage, to
    case.stage_since = case.kicked_at = timezone.now()
    case.blocked_by = case.blocked_why = ""
    # Reopened: the database wants no outcome where a case is not closed.
    if came_from == Stage.CLOSED:
        case.outcome, case.closed_at = "", None
    case.save(
        update_fields=[
            "stage",
            "stage_since",
            "kicked_at",
            "blocked_by",
            "blocked_why",
            "outcome",
            "closed_at",
        ]
    )
    audit.record(case, f"stage.{to}", by=by, came_from=came_from, **data)
    kick(case)


def close(case: Case, outcome: Outcome, *, by: audit.Actor, **data: Any) -> None:
    """End a locked case. The outcome is set here and nowhere else."""
    if case.is_closed:
        return
    case.stage, case.outcome, case.closed_at = Stage.CLOSED, outcome, timezone.now()
    case.stage_since, case.blocked_by, case.blocked_why = case.closed_at, "", ""
    case.save(update_fields=["stage", "outcome", "closed_at", "stage_since", "blocked_by", "blocked_why"])
    audit.record(case, "case.closed", by=by, outcome=outcome, **data)
    ended = (UNPROVEN, AUTHORITY, CHILD, SECOND_PERSON, LEADS_NOWHERE)
    case.tasks.filter(kind__in=ended, done_at=None).delete()
    for waiting in case.submission.cases.filter(blocked_by="waits-for-access"):
        kick(waiting)


def block(case: Case, code: str, why: str = "") -> None:
    """Note what stops the stage, for the queue to show, and the fault behind it: `code: detail`, or its kind."""
    # Beat comes back to it every minute; what is the same is not written again.
    if (case.blocked_by, case.blocked_why) != (code, why[:300]):
        case.blocked_by, case.blocked_why = code, why[:300]
        case.save(update_fields=["blocked_by", "blocked_why"])


def wake(case: Case) -> None:
    """Something was done that a locked case may have waited for. Once this is committed, beat looks after it too."""
    if case.blocked_by in WAITS_FOR_PERSON and not case.is_closed:
        block(case, "")
        kick(case)


@transaction.atomic
def note_blocked(case_id: int, code: str, why: str = "", *, at: Stage | None = None) -> None:
    """The same, for a task that holds no lock; only if the case still is where the task found it."""
    case = lock(case_id)
    if at is None or case.stage == at:
        block(case, code, why)


def stalled(stage: Stage) -> QuerySet[Case]:
    """Cases at a stage whose task was sent a while ago, without the stage having moved on."""
    silent = Case.objects.filter(stage=stage, kicked_at__lt=timezone.now() - PATIENCE)
    return silent.exclude(blocked_by__in=WAITS_FOR_PERSON).order_by("kicked_at")


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

# Rights by which data are handed over and nothing is done at a source: nothing can be said to have been carried out.
ONLY_ANSWERED = frozenset({Right.ACCESS, Right.PORTABILITY})


def line(case: Case) -> list[LineStep]:
    """The stations of this case in order, each with its state."""
    here = LINE.index(Stage(case.stage))
    steps = []
    stations = STATIONS
    if case.right in ONLY_ANSWERED:
        *before, _carried_out, (label, stages) = STATIONS
        stations = (*before, (label, (*stages, Stage.EXECUTION)))
    for label, stages in stations:
        positions = [LINE.index(stage) for stage in stages]
        current = here in positions
        state = "done" if all(position < here for position in positions) else "current" if current else "todo"
        if current and case.blocked_by:
            state = "blocked"
        steps.append(LineStep(stages[0] if stages else Stage.VERIFICATION, gettext(str(label)), state))
    return steps

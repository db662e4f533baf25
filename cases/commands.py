"""Commands off the straight line: assign, withdraw, ask for proof, close an unproven case."""

from django.db import transaction

from cases import audit, clockwork
from cases.casefile import read_file
from cases.mail import queue
from cases.models import Case, User
from cases.models.case import Outcome, Stage
from cases.permissions import Permission, allowed, require
from cases.workflow import Refusal, at_stage, close, lock


@transaction.atomic
def assign(case: Case, *, to: User | None, by: User) -> None:
    """Give the case to a caseworker of the same operator, or to nobody."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if to is not None and not allowed(to, case.operator, Permission.WORK_CASES):
        raise Refusal("not-a-caseworker")
    case.assigned_to = to
    case.save(update_fields=["assigned_to"])
    audit.record(case, "case.assigned", by=by, to=to.get_username() if to else None)


@transaction.atomic
def withdraw(case: Case, *, by: audit.Actor) -> None:
    """The person takes the request back."""
    case = lock(case.pk)
    if isinstance(by, User):
        require(by, case.operator, Permission.WORK_CASES)
    if case.is_closed:
        raise Refusal("closed")
    if case.stage in (Stage.EXECUTION, Stage.DELIVERY):
        raise Refusal("wrong-stage", stage=case.get_stage_display())
    close(case, Outcome.WITHDRAWN, by=by)
    queue(case.submission, "closed", to=read_file(case).email, case=case)


@transaction.atomic
def close_unidentified(case: Case, *, by: User) -> None:
    """Nobody proved who asks, in spite of being asked (Art. 11(2), 12(2)). A person decides this, never a clock."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.VERIFICATION)
    close(case, Outcome.UNIDENTIFIED, by=by)
    queue(case.submission, "closed", to=read_file(case).email, case=case)


@transaction.atomic
def ask_for_proof(case: Case, *, by: User) -> None:
    """Ask again for proof of identity, by mail; the clock pauses if this comes in time (EDPB guidelines 01/2022)."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.VERIFICATION)
    if not clockwork.is_paused(case):
        clockwork.pause(case, reason="identity", by=by)
    queue(case.submission, "proof", to=read_file(case).email, cases=[case])
    audit.record(case, "proof.asked", by=by)

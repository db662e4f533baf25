"""Stage 6: what a caseworker decides: to confirm what is proposed, or otherwise where the law leaves room for it."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.permissions import Permission, allowed, require
from cases.casework.workflow import Refusal, advance, at_stage, lock
from cases.law import reasons
from cases.law.decisions import Override, Ruling, Verdict, may_override
from cases.law.situation import Right as LawRight
from cases.law.verdicts import LEFT_OUT, NOT_PROVEN, PARTLY, REVIEW, Confirms, who_confirms
from cases.models import Case, Decision, User
from cases.models.case import Right, Stage

Status = Decision.Status
# Nothing was gathered, so there is nothing to decide otherwise; each has the code of the refusal that says so.
NOT_GATHERED = {NOT_PROVEN: "stronger-proof", LEFT_OUT: "left-out"}
# One of these settles a decision. A lawyer with clearance is a lawyer.
SETTLES = {
    Confirms.CASEWORKER: frozenset({Permission.WORK_CASES}),
    Confirms.LAWYER: frozenset({Permission.OVERRIDE_HOLDS, Permission.APPROVE_CLEARED}),
    Confirms.CLEARED: frozenset({Permission.APPROVE_CLEARED}),
}

# What a caseworker may choose, by right.
CHOICES: dict[str, tuple[str, ...]] = {
    Right.ACCESS: ("give", "redact", "describe", "withhold", "delay"),
    Right.PORTABILITY: ("port", "not-portable"),
    Right.ERASURE: ("erase", "keep"),
    Right.OBJECTION: ("stop", "continue"),
    Right.MARKETING_OBJECTION: ("stop", "continue"),
    Right.CONSENT_WITHDRAWAL: ("stop", "continue"),
    Right.RECTIFICATION: ("granted", "refused"),
    Right.RESTRICTION: ("granted", "refused"),
    Right.AUTOMATED_DECISION: ("granted", "refused"),
}


def open_decisions(case: Case) -> list[Decision]:
    return [one for one in case.decisions.all() if one.status == Status.PROPOSED]


def for_a_lawyer(decision: Decision) -> bool:
    """Whether no caseworker settles it."""
    return settled_by(decision) is not Confirms.CASEWORKER


def needs_a_look(decision: Decision) -> bool:
    """Whether a person has to take this one by itself, not with all others at once: whatever has a reason to look."""
    return decision.outcome == REVIEW or bool(decision.review) or was_changed(decision)


def was_changed(decision: Decision) -> bool:
    """Whether somebody had decided otherwise, before the law came to propose something else."""
    return decision.status == Status.PROPOSED and bool(decision.before.get("changed"))


def settled_by(decision: Decision) -> Confirms:
    """Whom the reason to look names: nobody else accepts the decision, or decides otherwise."""
    return who_confirms(decision.review.get("code", ""))


def settles(decision: Decision, can: Collection[Permission]) -> bool:
    """Whether somebody with these permissions accepts the decision, or decides otherwise."""
    return not SETTLES[settled_by(decision)].isdisjoint(can)


def _require_settling(decision: Decision, case: Case, by: User) -> None:
    """Refusal lawyer-confirms or cleared-confirms for whoever works cases; PermissionDenied for anybody else."""
    who = settled_by(decision)
    if settles(decision, {one for one in SETTLES[who] if allowed(by, case.operator, one)}):
        return
    require(by, case.operator, Permission.WORK_CASES)
    raise Refusal(f"{who}-confirms")


def _lock_decision(decision: Decision, by: User) -> tuple[Case, Decision]:
    # The case first, as in every command; the decision is read again, since it may have been settled while we waited.
    case = lock(decision.case_id)
    decision = Decision.objects.select_for_update().get(pk=decision.pk)
    _require_settling(decision, case, by)
    at_stage(case, Stage.DECISIONS)
    return case, decision


def _settle(decision: Decision, status: str, by: User) -> None:
    decision.status, decision.decided_by, decision.decided_at = status, by, timezone.now()
    decision.save()


@transaction.atomic
def confirm(decision: Decision, *, by: User) -> None:
    """A caseworker, or the lawyer whom it is for, agrees with what is proposed."""
    case, decision = _lock_decision(decision, by)
    if decision.outcome == REVIEW:
        raise Refusal("choose-outcome")
    if decision.status != Status.PROPOSED:
        raise Refusal("already-decided")
    _settle(decision, Status.CONFIRMED, by)
    audit.record(case, "decision.confirmed", by=by, subject=decision.subject, outcome=decision.outcome)


@transaction.atomic
def confirm_all(case: Case, *, by: User, unmarked: bool = False) -> int:
    """Agree with every proposal that needs no choice or look of its own. Returns how many.

    `unmarked`: of a case in which none needs one; Refusal marks-to-look-at for another.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.DECISIONS)
    undecided = case.decisions.select_for_update().filter(status=Status.PROPOSED)
    proposed = [one for one in undecided if not needs_a_look(one)]
    if unmarked and len(proposed) < len(undecided):
        raise Refusal("marks-to-look-at")
    if not proposed:
        raise Refusal("nothing-to-confirm")
    for decision in proposed:
        _settle(decision, Status.CONFIRMED, by)
    subjects = [decision.subject for decision in proposed]
    audit.record(case, "decision.confirmed-all", by=by, subjects=subjects)
    return len(proposed)


@transaction.atomic
def override(
    decision: Decision, *, outcome: str, reason: str, by: User, ground: str = "", fee: str = ""
) -> None:
    """A caseworker decides otherwise, with a reason, where the law leaves room for it.

    ``ground`` and ``fee``: of a part that is refused, as `assessment.refusing` has looked at them.
    """
    case, decision = _lock_decision(decision, by)
    if outcome not in CHOICES[case.right]:
        raise Refusal("outcome-unknown", outcome=outcome)
    if not reason.strip():
        raise Refusal("reason-needed")
    legal_officer = allowed(by, case.operator, Permission.OVERRIDE_HOLDS)
    fixed = fixed_by(case, decision, legal_officer=legal_officer)
    # To keep to what is proposed is no refusal, and a reason may stand beside it.
    if fixed and not (fixed == "no-refusal" and outcome == decision.proposed):
        raise Refusal(fixed)
    decision.outcome, decision.reason = outcome, reason.strip()
    decision.ground, decision.fee = ground, fee
    _settle(decision, Status.OVERRIDDEN, by)
    told = {"rests_on": ground} if ground else {}
    audit.record(
        case,
        "decision.changed",
        by=by,
        subject=decision.subject,
        proposed=decision.proposed,
        outcome=outcome,
        **told,
    )


@transaction.atomic
def take_over(decision: Decision, *, by: User) -> None:
    """Decide as somebody had before the proposal changed, for the reason they gave. Refusals as in `override`."""
    if not was_changed(decision):
        raise Refusal("nothing-to-confirm")
    then = decision.before
    override(
        decision,
        outcome=then["outcome"],
        reason=decision.before_reason,
        by=by,
        ground=then.get("ground", ""),
        fee=then.get("fee", ""),
    )


@transaction.atomic
def judge_again(case: Case, *, by: User) -> None:
    """Have the rows judged anew, where their source has come to be described otherwise since."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.DECISIONS)
    advance(case, Stage.HOLDS, by=by, reason="judged-again")


def fixed_by(case: Case, decision: Decision, *, legal_officer: bool) -> str:
    """The code of the refusal that stands against deciding otherwise; "" where the law leaves room for it."""
    if decision.proposed in NOT_GATHERED:
        return NOT_GATHERED[decision.proposed]
    who = _who_may_change(case, decision)
    if who is Override.NOBODY:
        return "no-refusal"
    return "hold-not-overridable" if who is Override.LEGAL_OFFICER and not legal_officer else ""


def _who_may_change(case: Case, decision: Decision) -> Override:
    # Partly is no ruling of the law: what counts is whether a rule stands behind it.
    proposed = Ruling.KEEP if decision.proposed == PARTLY else Ruling(decision.proposed)
    verdict = Verdict(proposed, reasons.reason("access.give"), rule=decision.rule or None)
    return may_override(LawRight(case.right), verdict)

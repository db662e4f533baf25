"""The outcome of a case from its decisions. Counts decide what is granted, not who asked."""

from cases.assessment.assessing import BY_PURPOSE
from cases.assessment.reviews import is_abusive
from cases.execution.amendments import corrections
from cases.identity.known import is_matched
from cases.law.verdicts import LEFT_OUT
from cases.models import Case, Finding, Review, Run
from cases.models.case import Outcome, Right
from exports.masking.by_hand import newest
from exports.models import CutFile

GRANTING = {
    Right.ACCESS: frozenset({"give"}),
    Right.PORTABILITY: frozenset({"port"}),
    Right.ERASURE: frozenset({"erase", "gone"}),
}
# The proposals for uses that there is a right to object to; none is proposed for the others (Article 21(1)).
REACHED = frozenset({"stop", "review"})
LATER = "later"
PARTIAL = frozenset({"partly", "redact", "describe"})


def outcome_of(case: Case) -> str:
    """granted, partly, refused or nothing-held."""
    if is_abusive(case):
        return Outcome.REFUSED
    if case.right == Right.RECTIFICATION and case.corrections.exists():
        return _of_corrections(case)
    if case.right == Right.AUTOMATED_DECISION and (review := Review.objects.filter(case=case).first()):
        return Outcome.GRANTED if review.result == Review.Result.CHANGED else Outcome.REFUSED
    if case.right in BY_PURPOSE:
        return _of_purposes(case)
    # What a right has nothing to do with neither grants nor refuses it.
    decided = {one.outcome for one in case.decisions.all()} - {"none"}
    if _left_out(case):
        decided.add(LEFT_OUT)
    # Where a person masked a stretch, or put a cut in the place of a file, not everything is handed over.
    if case.right == Right.ACCESS and (
        any(newest(case)) or CutFile.objects.filter(handed__run__case=case).exists()
    ):
        decided.add("redact")
    # What another case answers is not granted by this one, and not nothing.
    if case.later_parts.exists():
        decided.add(LATER)
    if not Finding.objects.filter(run__case=case).exclude(verdict="none").exists():
        return Outcome.REFUSED if _unproven(case) or LATER in decided else Outcome.NOTHING_HELD
    granting = GRANTING.get(Right(case.right), frozenset({"granted"}))
    if decided <= granting:
        return Outcome.GRANTED
    return Outcome.PARTLY if decided & (granting | PARTIAL) else Outcome.REFUSED


def _left_out(case: Case) -> bool:
    """Whether a source may not hand over what was asked for: then not everything is granted, and something is held."""
    return case.runs.filter(status=Run.Status.LEFT_OUT).exists()


def _unproven(case: Case) -> bool:
    """Whether a source knows the person, and nothing was gathered for want of proof: that is not nothing held."""
    return is_matched(case) and case.runs.filter(status=Run.Status.NOT_PROVEN).exists()


def _of_corrections(case: Case) -> str:
    """Value by value: what else lies in a category was not asked about."""
    refused = [bool(one.reason) for one in corrections.read(case)] + [True] * _left_out(case)
    if not any(refused):
        return Outcome.GRANTED
    return Outcome.REFUSED if all(refused) else Outcome.PARTLY


def _of_purposes(case: Case) -> str:
    """An objection is granted where everything it reaches stops; what it does not reach goes on anyway.

    Where it reaches nothing, nothing stops: that is a refusal.
    """
    reached = [one for one in case.decisions.all() if one.outcome == "stop" or one.proposed in REACHED]
    stopped = [one for one in reached if one.outcome == "stop"]
    if not is_matched(case) and not case.runs.filter(rows__gt=0).exists():
        return Outcome.NOTHING_HELD
    if len(stopped) == len(reached) and (reached or case.right != Right.OBJECTION):
        return Outcome.GRANTED
    return Outcome.PARTLY if stopped else Outcome.REFUSED

"""Stage 7: the answer. A caseworker has it prepared; a worker builds letter and package from one frozen snapshot."""

from django.db import transaction
from django.utils import timezone

from cases import audit, clockwork
from cases.assessment import open_decisions
from cases.evidence import situation_of
from cases.matching import open_claims
from cases.models import Case, Run, User
from cases.models.case import Right, Stage
from cases.operators import register_of_case
from cases.permissions import Permission, require
from cases.workflow import Refusal, advance, at_stage, lock
from exports.models import Answer

TELLS_ABOUT_PROCESSING = frozenset({Right.ACCESS})


@transaction.atomic
def prepare(case: Case, *, by: User) -> Answer:
    """Have the answer built. Refusal while something is undecided, unproven or missing in the register."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.DECISIONS)
    if count := open_decisions(case):
        raise Refusal("decisions-open", count=count)
    if open_claims(case):
        raise Refusal("claims-open")
    _check_register(case)
    latest = Answer.objects.filter(case=case).order_by("-version").first()
    answer = Answer.objects.create(case=case, version=latest.version + 1 if latest else 1, prepared_by=by)
    advance(case, Stage.ANSWER, by=by, version=answer.version)
    return answer


def _check_register(case: Case) -> None:
    """An access answer tells where data come from, why and how long: the register has to know."""
    if case.right not in TELLS_ABOUT_PROCESSING:
        return
    found = case.runs.filter(rows__gt=0).exclude(status=Run.Status.NOT_PROVEN).values_list("category", flat=True)
    gaps = [gap for gap in register_of_case(case).missing(set(found)) if gap.blocks]
    if gaps:
        raise Refusal("blocked", what="; ".join(gap.text.get(case.language) for gap in gaps[:3]))


def build(case_id: int) -> None:
    """Write letter and package into the vault, sealed, and offer them for approval. Safe to repeat."""
    case = Case.objects.select_related("operator", "register", "submission").get(pk=case_id)
    answer = Answer.objects.filter(case=case, status=Answer.Status.BUILDING).select_related("prepared_by").first()
    if case.stage != Stage.ANSWER or answer is None:
        return
    situation = situation_of(case, clockwork.today(case))
    raise NotImplementedError


@transaction.atomic
def _offer(answer: Answer) -> None:
    case = lock(answer.case_id)
    if case.stage != Stage.ANSWER:
        return
    answer.status, answer.prepared_at = Answer.Status.READY, timezone.now()
    answer.save()
    advance(case, Stage.APPROVAL, by=audit.SYSTEM, version=answer.version, sha256=answer.sha256)


def write_receipt(case_id: int) -> None:
    pass

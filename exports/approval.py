"""Stage 9: a second person, who had no hand in the case, approves one hash, or sends the answer back."""

from django.db import transaction
from django.utils import timezone

from cases.casework.members.hands import hand_of, others
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, advance, at_stage, lock
from cases.models import User
from cases.models.case import Stage
from exports.models import Answer


@transaction.atomic
def approve(answer: Answer, *, by: User, sha256: str | None = None) -> None:
    """Approve the package with this hash. Refusal same-person or own-hand for whoever prepared it or had a hand in it,
    answer-changed if the hash is another.
    """
    case = lock(answer.case_id)
    require(by, case.operator, Permission.APPROVE)
    answer = _ready(answer)
    at_stage(case, Stage.APPROVAL)
    if answer.prepared_by_id == by.pk:
        raise Refusal("same-person")
    if did := hand_of(by, case):
        raise Refusal("own-hand", did=did, others=others(case, prepared_by=answer.prepared_by_id))
    if sha256 is not None and sha256 != answer.sha256:
        raise Refusal("answer-changed")
    answer.status, answer.approved_by, answer.approved_at = Answer.Status.APPROVED, by, timezone.now()
    answer.approved_sha256 = answer.sha256
    answer.save()
    advance(case, Stage.EXECUTION, by=by, version=answer.version, sha256=answer.sha256)


@transaction.atomic
def send_back(answer: Answer, *, reason: str, by: User) -> None:
    """Back to the caseworker, with what should be different."""
    case = lock(answer.case_id)
    require(by, case.operator, Permission.APPROVE)
    answer = _ready(answer)
    at_stage(case, Stage.APPROVAL)
    if not reason.strip():
        raise Refusal("reason-needed")
    answer.status, answer.return_reason = Answer.Status.RETURNED, reason.strip()
    answer.save()
    advance(case, Stage.DECISIONS, by=by, version=answer.version)


def _ready(answer: Answer) -> Answer:
    # After the case, as everywhere; it may have been overtaken while we waited.
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    if answer.status != Answer.Status.READY:
        raise Refusal("not-ready")
    return answer

"""Stage 9: whoever prepared the answer reads it and sends it on; a second person, who had no hand in the case, reads
the same bytes and approves their hash, or sends them back.
"""

from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.members.hands import hand_of, others
from cases.casework.permissions import Permission, require
from cases.casework.workflow import RETURNED, Refusal, advance, at_stage, block, lock
from cases.models import User
from cases.models.case import Stage
from exports.models import Answer, Reading

Status, Part = Answer.Status, Reading.Part


@transaction.atomic
def send(answer: Answer, *, by: User) -> None:
    """To approval, as it was read. Whoever sends it doesn't approve it. Refusal words-newer where own words were kept
    that are not in it."""
    case = lock(answer.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.ANSWER)
    answer = _locked(answer, Status.WRITTEN)
    if answer.words != case.own_words.first():
        raise Refusal("words-newer")
    answer.status, answer.sent_by, answer.sent_at = Status.READY, by, timezone.now()
    answer.save()
    advance(case, Stage.APPROVAL, by=by, version=answer.version, sha256=answer.sha256)


@transaction.atomic
def take_back(answer: Answer, *, by: User) -> None:
    """Back to the decisions, by those who work the case, as long as nobody has approved it."""
    case = lock(answer.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.ANSWER, Stage.APPROVAL)
    answer = _locked(answer, Status.WRITTEN, Status.READY)
    answer.status = Status.TAKEN_BACK
    answer.save()
    advance(case, Stage.DECISIONS, by=by, version=answer.version, taken_back=True)


@transaction.atomic
def note_opened(answer: Answer, part: Reading.Part, *, by: User) -> None:
    """Write down that this part was opened, as it is now. Nothing is approved that its approver has not opened."""
    if answer.sha256:
        Reading.objects.get_or_create(answer=answer, part=part, by=by, sha256=answer.sha256)
    action = "letter.read" if part == Part.LETTER else "files.read"
    audit.record(answer.case, action, by=by, version=answer.version)


def unread(answer: Answer, by: User) -> list[str]:
    """The parts of the answer that this person has not opened in this version."""
    opened = set(answer.readings.filter(by=by, sha256=answer.sha256).values_list("part", flat=True))
    return [part for part in Part.values if part not in opened]


@transaction.atomic
def approve(answer: Answer, *, by: User, sha256: str | None = None) -> None:
    """Approve the package with this hash. Refusal same-person or own-hand for whoever prepared it or had a hand in it,
    answer-changed if the hash is another, not-read where they have not opened the letter and the list of its files.
    """
    case = lock(answer.case_id)
    require(by, case.operator, Permission.APPROVE)
    answer = _locked(answer, Status.READY)
    at_stage(case, Stage.APPROVAL)
    if by.pk in (answer.prepared_by_id, answer.sent_by_id):
        raise Refusal("same-person")
    if did := hand_of(by, case):
        raise Refusal("own-hand", did=did, others=others(case, prepared_by=answer.prepared_by_id))
    if sha256 is not None and sha256 != answer.sha256:
        raise Refusal("answer-changed")
    if missing := unread(answer, by):
        raise Refusal("not-read", what=", ".join(str(Part(one).label) for one in missing))
    answer.status, answer.approved_by, answer.approved_at = Status.APPROVED, by, timezone.now()
    answer.approved_sha256 = answer.sha256
    answer.save()
    advance(case, Stage.EXECUTION, by=by, version=answer.version, sha256=answer.sha256)


@transaction.atomic
def send_back(answer: Answer, *, reason: str, by: User) -> None:
    """Back to the caseworker, with what should be different."""
    case = lock(answer.case_id)
    require(by, case.operator, Permission.APPROVE)
    answer = _locked(answer, Status.READY)
    at_stage(case, Stage.APPROVAL)
    if not reason.strip():
        raise Refusal("reason-needed")
    answer.status, answer.return_reason = Status.RETURNED, reason.strip()
    answer.returned_by, answer.returned_at = by, timezone.now()
    answer.save()
    advance(case, Stage.DECISIONS, by=by, version=answer.version)
    block(case, RETURNED)


def returned(answer: Answer) -> Answer | None:
    """The version before this one that was sent back last; what was written then stays beside the new one."""
    earlier = Answer.objects.filter(case=answer.case_id, version__lt=answer.version, status=Status.RETURNED)
    return earlier.select_related("returned_by").order_by("-version").first()


def _locked(answer: Answer, *at: str) -> Answer:
    # After the case, as everywhere; it may have been overtaken while we waited.
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    if answer.status not in at:
        raise Refusal("not-ready")
    return answer

"""Stage 2: who asks? A mailed code proves a mailbox, no more; a caseworker can vouch for more.

The code goes out whether or not anyone is known by that address, and every answer looks the same.
"""

from django.db import transaction
from django.utils import timezone

from cases import audit, clockwork, codes, identity, references, vault
from cases.casefile import typed_in
from cases.mail import queue
from cases.models import Case, Identifier, MailedCode, Operator, Proof, Submission, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.models.proof import Level
from cases.permissions import Permission, require
from cases.workflow import Refusal, advance, lock

RANK = {Level.LOW: 1, Level.SUBSTANTIAL: 2, Level.HIGH: 3}


def check_code(submission: Submission, *, purpose: str, code: str) -> bool:
    """True once, for the latest code in time. Refusal code-wrong, code-expired or code-none-left.

    A wrong try is counted even though the call fails: its transaction ends before the refusal is raised.
    """
    refusal = _redeem(submission, purpose, code)
    if refusal:
        raise refusal
    return True


@transaction.atomic
def _redeem(submission: Submission, purpose: str, code: str) -> Refusal | None:
    refusal = codes.redeem(submission, purpose=purpose, code=code)
    if refusal is None and purpose == MailedCode.Purpose.PROVE:
        _prove_mailbox(submission)
    return refusal


def _prove_mailbox(submission: Submission) -> None:
    Proof.objects.create(submission=submission, level=Level.LOW, method="mailed-code")
    for pk in submission.cases.order_by("pk").values_list("pk", flat=True):
        case = lock(pk)
        value = typed_in(submission).email
        Identifier.objects.get_or_create(
            case=case,
            kind=identity.EMAIL,
            digest=vault.digest(case.operator_id, identity.EMAIL, value),
            valid_from=None,
            valid_to=None,
            defaults={"sealed": vault.seal(case, KeyUse.FILE, value.encode()), "origin": "proof:mailed-code"},
        )
        case.claimed.filter(kind=identity.EMAIL).update(confirmed_at=timezone.now())
        audit.record(case, "proof.given", by=audit.DATA_SUBJECT, level=Level.LOW, method="mailed-code")
        _proven(case, by=audit.DATA_SUBJECT)
    cases = list(submission.cases.order_by("pk"))
    queue(submission, "receipt", to=typed_in(submission).email, cases=cases)


def _proven(case: Case, *, by: audit.Actor) -> None:
    if clockwork.is_paused(case):
        clockwork.resume(case)
        case.refresh_from_db()
    if case.stage == Stage.VERIFICATION:
        advance(case, Stage.MATCHING, by=by)


@transaction.atomic
def prove_manually(submission: Submission, *, level: str, by: User) -> None:
    """A caseworker vouches: seen in a shop, called back on a known number. Says how strongly."""
    require(by, submission.operator, Permission.WORK_CASES)
    Proof.objects.create(submission=submission, level=Level(level), method="manual", by=by)
    for pk in submission.cases.order_by("pk").values_list("pk", flat=True):
        case = lock(pk)
        audit.record(case, "proof.given", by=by, level=level, method="manual")
        _proven(case, by=by)


def proof_level(case: Case) -> Level | None:
    """The strongest proof so far."""
    levels = [Level(proof.level) for proof in case.submission.proofs.all()]
    return max(levels, key=RANK.__getitem__, default=None)


def suffices(level: Level | None, needed: str) -> bool:
    """Whether a proof is strong enough for a data category that states what it needs."""
    return level is not None and RANK[level] >= RANK[Level(needed)]


def find_submission(operator: Operator, typed: str) -> Submission | None:
    """The submission behind a reference, however it was typed."""
    reference = references.read(typed)
    found = Case.objects.filter(operator=operator, reference=reference).select_related("submission").first()
    return found.submission if found else None

"""Stage 2: who asks? A mailed code proves a mailbox, no more; a caseworker can vouch for more (`vouched`).

The code goes out whether or not anyone is known by that address, and every answer looks the same.
"""

from django.db import transaction
from django.utils import timezone

from cases.casework import audit, case_clock
from cases.casework.mail import queue
from cases.casework.workflow import UNPROVEN, Refusal, advance, lock
from cases.identity import identifiers, mailed_codes
from cases.identity.authority import proof_is_persons
from cases.identity.knocks import knock
from cases.identity.stepping_up.going_on import gather_rest, go_on_with_closed
from cases.models import Case, Identifier, Knock, MailedCode, Proof, Submission, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.models.proof import LETTER, MAILED_CODE, Level
from cases.sealed import vault
from cases.sealed.typed import typed_in


def check_code(submission: Submission, *, purpose: str, code: str, to: str = "") -> bool:
    """True once, for the latest code in time. Refusal code-wrong, code-expired, code-none-left or code-wait.

    ``to``: the address it must have been mailed to, where that is not the person's yet.
    A wrong try is counted even though the call fails: its transaction ends before the refusal is raised.
    """
    refusal = _redeem(submission, purpose, code, to)
    if refusal:
        raise refusal
    return True


@transaction.atomic
def _redeem(submission: Submission, purpose: str, code: str, to: str) -> Refusal | None:
    refusal = tried(submission, purpose, code, to)
    if refusal is None and purpose == MailedCode.Purpose.PROVE:
        _prove_mailbox(submission)
    return refusal


def tried(submission: Submission, purpose: str, code: str, to: str = "") -> Refusal | None:
    """Why the code opens nothing, or None, once. The person hears of many guesses."""
    refusal, many_guesses = mailed_codes.redeem(submission, purpose=purpose, code=code, to=to)
    if many_guesses:
        knock(submission, Knock.About.GUESSES)
    return refusal


def open_cases(submission: Submission) -> list[Case]:
    """The cases a proof is for, all locked before the first audit entry is written."""
    # In one order, or two who prove at the same moment could wait for each other.
    pks = submission.cases.exclude(stage=Stage.CLOSED).order_by("pk").values_list("pk", flat=True)
    return [case for case in map(lock, pks) if not case.is_closed]


def _prove_mailbox(submission: Submission) -> None:
    cases = open_cases(submission)
    if not cases:
        return
    Proof.objects.create(submission=submission, level=Level.LOW, method=MAILED_CODE)
    email = typed_in(submission).email
    for case in cases:
        if proof_is_persons(case):
            keep_proven(case, identifiers.EMAIL, email, MAILED_CODE)
        audit.record(case, "proof.given", by=audit.DATA_SUBJECT, level=Level.LOW, method=MAILED_CODE)
        proven(case, by=audit.DATA_SUBJECT)
    queue(submission, "receipt", to=email, cases=list(submission.cases.order_by("pk")))


def keep_proven(case: Case, kind: str, value: str, method: str) -> bool:
    """What somebody has proven is theirs seeds the search. Whether it is new to the case."""
    digest, known = vault.digest(case.operator_id, kind, value), case.identifiers.filter(kind=kind)
    new = not known.filter(digest=digest).exists()
    if new:
        sealed = vault.seal(case, KeyUse.FILE, value.encode())
        Identifier.objects.create(
            case=case, kind=kind, digest=digest, sealed=sealed, origin=f"proof:{method}"
        )
    case.claimed.filter(kind=kind, digest=digest, rejected_at=None).update(confirmed_at=timezone.now())
    return new


def proven(case: Case, *, by: audit.Actor, learned: bool = False) -> None:
    """Move on to matching, or gather now what a weaker proof was not enough for.

    ``learned``: the proof told whom to look for, so that all is searched and gathered anew.
    """
    if case_clock.is_paused(case):
        # `resume` has written the new dates on a copy of its own.
        case_clock.resume(case)
        case.refresh_from_db()
    if case.stage == Stage.VERIFICATION:
        case.tasks.filter(kind=UNPROVEN, done_at=None).delete()
        advance(case, Stage.MATCHING, by=by)
    else:
        gather_rest(case, by=by, learned=learned)


def prove_by_letter(submission: Submission, *, level: Level, by: User) -> None:
    """Whoever entered the code got the letter at the address in the population register. ``by``: who wrote it."""
    if cases := open_cases(submission):
        Proof.objects.create(submission=submission, level=level, method=LETTER, by=by)
        for case in cases:
            audit.record(case, "proof.given", by=audit.DATA_SUBJECT, level=level, method=LETTER)
            proven(case, by=audit.DATA_SUBJECT)
        go_on_with_closed(submission)

"""What was shown by electronic identity becomes a proof, or is compared with what is known and found not to fit."""

import structlog
from django.db import transaction

from cases.casework import audit
from cases.identity.authority import proof_is_persons
from cases.identity.eid.outcomes import NotShown, Outcome, Shown
from cases.identity.identifiers import NATIONAL_ID
from cases.identity.known import TIED, sources_know_another
from cases.identity.stepping_up.going_on import go_on_with_closed
from cases.identity.verification import keep_proven, open_cases, proven
from cases.models import Case, Proof, Submission
from cases.sealed import vault

log = structlog.get_logger(__name__)


@transaction.atomic
def prove_by_eid(submission: Submission, shown: Shown) -> Outcome:
    """Keep the proof, seed the search with the number, move the cases on. Or the outcome that says why not."""
    cases = open_cases(submission)
    digest = vault.digest(submission.operator_id, NATIONAL_ID, shown.number)
    if (found := misfit(submission, cases, shown)) is not None:
        _note(cases, found, shown.face, issuer=shown.issuer, level=shown.level)
        return found
    if not cases:
        return Outcome.PROVEN
    Proof.objects.create(
        submission=submission, level=shown.level, method=shown.face, issuer=shown.issuer, number_digest=digest
    )
    for case in cases:
        own = proof_is_persons(case)
        learned = own and keep_proven(case, NATIONAL_ID, shown.number, shown.face)
        audit.record(
            case,
            "proof.given",
            by=audit.DATA_SUBJECT,
            level=shown.level,
            method=shown.face,
            issuer=shown.issuer,
        )
        proven(case, by=audit.DATA_SUBJECT, learned=learned)
    go_on_with_closed(submission)
    return Outcome.PROVEN


@transaction.atomic
def note_not_shown(submission: Submission, face: str, failed: NotShown) -> None:
    """An attempt that proved nothing, in the record of the cases it was for."""
    log.info("identity.not-shown", face=face, outcome=failed.outcome, why=failed.why)
    _note(open_cases(submission), failed.outcome, face)


def _note(cases: list[Case], outcome: Outcome, face: str, **more: str) -> None:
    for case in cases:
        audit.record(case, "proof.not-given", by=audit.DATA_SUBJECT, ended=outcome, method=face, **more)


def misfit(submission: Submission, cases: list[Case], shown: Shown) -> Outcome | None:
    """Why this cannot be whoever made the request; None where nothing speaks against it."""
    digest = vault.digest(submission.operator_id, NATIONAL_ID, shown.number)
    earlier = submission.proofs.exclude(number_digest="")
    if earlier.exclude(number_digest=digest).exists() or any(_tied_to_another(one, digest) for one in cases):
        return Outcome.ANOTHER
    return Outcome.DIFFERS if any(_typed_another(one, digest) for one in cases) else None


def _tied_to_another(case: Case, digest: str) -> bool:
    """Whether the person found is known by another national number, and not by this one.

    What sources tell counts before what a caseworker added.
    """
    if not proof_is_persons(case):
        return False
    tied = case.identifiers.filter(TIED, kind=NATIONAL_ID)
    unlike = tied.exists() and not tied.filter(digest=digest).exists()
    return unlike or sources_know_another(case, [digest])


def _typed_another(case: Case, digest: str) -> bool:
    typed = case.claimed.filter(kind=NATIONAL_ID, rejected_at=None)
    return proof_is_persons(case) and typed.exists() and not typed.filter(digest=digest).exists()


def is_known_by(submission: Submission, shown: Shown) -> bool:
    """Whether this person has proven the request by electronic identity before, and may so see it again."""
    digest = vault.digest(submission.operator_id, NATIONAL_ID, shown.number)
    return submission.proofs.filter(number_digest=digest).exists()

"""Whose a mailbox is: proven to be the person's, in doubt, or found to be somebody else's."""

from cases.models import ClaimedIdentifier, Submission
from cases.models.proof import LETTER, MAILED_CODE, TEXT_MESSAGE
from cases.sealed import vault


def mailbox_in_doubt(submission: Submission) -> bool:
    """Whether somebody else's mailbox may stand in the request: typed, and not proven by whoever proved the rest."""
    proofs = submission.proofs
    return proofs.exclude(issuer="").exists() and not mailbox_is_proven(submission)


def mailbox_is_proven(submission: Submission) -> bool:
    """By a code that was mailed to it, or by a caseworker. What proves a number or a person tells nothing of it."""
    return submission.proofs.filter(issuer="").exclude(method__in=(TEXT_MESSAGE, LETTER)).exists()


def is_rejected(submission: Submission, address: str) -> bool:
    """Whether a caseworker found that this mailbox is not the person's, and nobody has entered a code from it."""
    mailbox = vault.digest(submission.operator_id, "email", address)
    rejected = ClaimedIdentifier.objects.filter(case__submission=submission, digest=mailbox)
    by_code = submission.proofs.filter(method=MAILED_CODE)
    return rejected.exclude(rejected_at=None).exists() and not by_code.exists()

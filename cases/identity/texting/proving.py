"""A code that came by text message proves the number, at the level the operator sets."""

from django.db import transaction

from cases.casework import audit
from cases.casework.workflow import Refusal
from cases.identity.mailed_codes import newest_message
from cases.identity.stepping_up.levels import proof_level, suffices
from cases.identity.texting.configured import gateway_of
from cases.identity.texting.numbers import Number, own_number
from cases.identity.verification import open_cases, proven, tried
from cases.models import MailedCode, Proof, Submission
from cases.models.case import Stage
from cases.models.proof import TEXT_MESSAGE, Level

NUMBER = MailedCode.Purpose.NUMBER


def offered_number(submission: Submission) -> Number | None:
    """Where a code may go, while what it proves would still be more than what was proven."""
    gateway = gateway_of(submission.operator_id)
    case = submission.cases.exclude(stage=Stage.CLOSED).first()
    if gateway is None or case is None or suffices(proof_level(case), gateway.level):
        return None
    return own_number(submission)


def check_text_code(submission: Submission, code: str) -> None:
    """Keep the proof and move the cases on. Refusal code-wrong, code-expired, code-none-left or code-wait."""
    if refusal := _redeemed(submission, code):
        raise refusal


@transaction.atomic
def _redeemed(submission: Submission, code: str) -> Refusal | None:
    return tried(submission, NUMBER, code) or _prove(submission)


def _prove(submission: Submission) -> Refusal | None:
    cases, gateway = open_cases(submission), gateway_of(submission.operator_id)
    number, message = own_number(submission), newest_message(submission, NUMBER)
    # Meanwhile the sources may have been asked anew, and tie it to the person no longer.
    if gateway is None or number is None or message is None or message.number_digest != number.digest:
        return Refusal("code-expired")
    if cases:
        Proof.objects.create(submission=submission, level=Level(gateway.level), method=TEXT_MESSAGE)
    for case in cases:
        audit.record(
            case,
            "proof.given",
            by=audit.DATA_SUBJECT,
            level=gateway.level,
            method=TEXT_MESSAGE,
            digest=number.digest,
        )
        proven(case, by=audit.DATA_SUBJECT)
    return None

"""One-time codes by text message: lived, counted and limited as mailed ones are, the number in the mailbox's place."""

from django.db import transaction
from django.db.models import Q

from cases.identity.mailed_codes import LIFE, is_too_many, keep_code, locked, new_code
from cases.identity.texting.configured import gateway_of
from cases.identity.texting.numbers import own_number
from cases.identity.texting.sending import queue_text
from cases.models import Submission


@transaction.atomic
def send_text_code(submission: Submission, *, purpose: str) -> bool:
    """Set a message with a fresh code going. False past the limits, or where there is no number to send it to."""
    submission = locked(submission)
    number = own_number(submission)
    if number is None or gateway_of(submission.operator_id) is None:
        return False
    if is_too_many(submission, Q(text__number_digest=number.digest)):
        return False
    code, minutes = new_code(), int(LIFE.total_seconds() // 60)
    message = queue_text(submission, number=number.value, digest=number.digest, code=code, minutes=minutes)
    keep_code(submission, purpose, code, text=message)
    return True

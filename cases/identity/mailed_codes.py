"""One-time codes by mail: six digits, half an hour, five tries, five codes an hour."""

import hmac
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from cases.casework.mail import queue
from cases.casework.workflow import Refusal
from cases.models import MailedCode, Submission
from cases.sealed import vault
from cases.sealed.typed import reply_address

DIGITS = 6
LIFE = timedelta(minutes=30)
PER_HOUR = 5
PER_MAILBOX = 20
TRIES = 5


def _digest(submission: Submission, code: str) -> str:
    return vault.digest(submission.operator_id, f"code:{submission.pk}", code)


def digits_of(typed: str) -> str:
    """The digits alone, however they were grouped."""
    return "".join(filter(str.isdigit, typed))


@transaction.atomic
def send_code(submission: Submission, *, purpose: str) -> None:
    """Mail a fresh code. Silently does nothing past the limits, so that nobody's mailbox is flooded."""
    # Or two at once would both find room below the limit.
    submission = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    address = reply_address(submission)
    if address is None or _too_many(submission):
        return
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    MailedCode.objects.create(
        submission=submission,
        purpose=purpose,
        digest=_digest(submission, code),
        expires_at=timezone.now() + LIFE,
        tries_left=TRIES,
    )
    kind = "code" if purpose == MailedCode.Purpose.PROVE else "status_code"
    cases = list(submission.cases.order_by("pk"))
    minutes = int(LIFE.total_seconds() // 60)
    queue(submission, kind, to=address, code=code, minutes=minutes, cases=cases)


def _too_many(submission: Submission) -> bool:
    """A request has its own limit; a mailbox has one over all requests that name it, whoever typed them."""
    lately = MailedCode.objects.filter(created_at__gte=timezone.now() - timedelta(hours=1))
    box = {
        "submission__operator": submission.operator_id,
        "submission__mailbox_digest": submission.mailbox_digest,
    }
    return (
        lately.filter(submission=submission).count() >= PER_HOUR
        or lately.filter(**box).count() >= PER_MAILBOX
    )


@transaction.atomic
def redeem(submission: Submission, *, purpose: str, code: str) -> Refusal | None:
    """None for the latest code, once and in time. A wrong try is counted, so refusals are returned, not raised.

    What is not six digits cannot have been a guess, and costs no try.
    """
    # The newest alone: sending another code ends the one before.
    mailed = submission.codes.select_for_update().filter(purpose=purpose).first()
    if mailed is None or mailed.used_at or mailed.expires_at <= timezone.now():
        return Refusal("code-expired")
    if mailed.tries_left == 0:
        return Refusal("code-none-left")
    typed = digits_of(code)
    if len(typed) != DIGITS:
        return Refusal("code-wrong", tries=mailed.tries_left)
    if not hmac.compare_digest(mailed.digest, _digest(submission, typed)):
        mailed.tries_left -= 1
        mailed.save(update_fields=["tries_left"])
        return (
            Refusal("code-wrong", tries=mailed.tries_left) if mailed.tries_left else Refusal("code-none-left")
        )
    mailed.used_at = timezone.now()
    mailed.save(update_fields=["used_at"])
    return None

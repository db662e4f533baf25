"""One-time codes: six digits, half an hour from when they were sent, five tries a code. Here: by mail.

Guessing slows down: after ten wrong codes a day for one request each further one has to wait, up to two hours.
"""

import hmac
import secrets
from datetime import timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from cases.casework import attempts
from cases.casework.attempts import Pace
from cases.casework.bounces.whose import mailbox_in_doubt
from cases.casework.mail import MAX_ATTEMPTS, queue
from cases.casework.workflow import Refusal
from cases.identity import identifiers
from cases.models import Case, MailedCode, OutgoingMail, Submission, TextMessage
from cases.models.case import Stage
from cases.sealed import vault
from cases.sealed.typed import reply_address

DIGITS = 6
LIFE = timedelta(minutes=30)
PER_HOUR, PER_DAY = 5, 20
PER_MAILBOX, PER_MAILBOX_DAY = 20, 60
TRIES = 5
GUESSES = Pace("guess", free=10, first_wait=timedelta(minutes=2), longest_wait=timedelta(hours=2))
# A mail that is well goes out within seconds.
LATE = timedelta(minutes=2)
KINDS: dict[str, str] = {
    MailedCode.Purpose.PROVE: "code",
    MailedCode.Purpose.STATUS: "status_code",
    MailedCode.Purpose.ADDRESS: "address_code",
}


class Sending(StrEnum):
    """How far the mail, or the text message, with the newest code is."""

    NONE = "none"
    UNDER_WAY = "under-way"
    LATE = "late"
    FAILED = "failed"
    SENT = "sent"


def _digest(submission: Submission, code: str, to: str = "") -> str:
    """``to``: the address that a code for another one is bound to, so that it proves no address but that."""
    return vault.digest(submission.operator_id, f"code:{submission.pk}{to and f':{to}'}", code)


def digits_of(typed: str) -> str:
    """The digits alone, however they were grouped."""
    return "".join(filter(str.isdigit, typed))


@transaction.atomic
def send_code(submission: Submission, *, purpose: str, to: str = "") -> bool:
    """Set a mail with a fresh code going. False past the limits, which keep mailboxes from being flooded.

    ``to``: an address that is not the person's yet; else the one they are written to at.
    """
    submission = locked(submission)
    address = to or reply_address(submission)
    if not address:
        return False
    box = vault.digest(submission.operator_id, identifiers.EMAIL, address)
    if is_too_many(submission, Q(mailbox_digest=box)):
        return False
    code, cases = new_code(), list(submission.cases.order_by("pk"))
    minutes = int(LIFE.total_seconds() // 60)
    # It would open nothing: the mail says what does.
    by_eid = purpose == MailedCode.Purpose.STATUS and mailbox_in_doubt(submission)
    told = "" if by_eid else code
    mail = queue(submission, KINDS[purpose], to=address, code=told, minutes=minutes, cases=cases)
    keep_code(submission, purpose, code, to=to, mailbox=box, mail=mail)
    return True


def locked(submission: Submission) -> Submission:
    """Or two at once would both find room below the limit."""
    return Submission.objects.select_for_update(of=("self",)).select_related("operator").get(pk=submission.pk)


def new_code() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def keep_code(
    submission: Submission,
    purpose: str,
    code: str,
    *,
    to: str = "",
    mailbox: str = "",
    **way: OutgoingMail | TextMessage | None,
) -> None:
    """Remember a code that is on its way by `mail` to a ``mailbox``, given as its keyed hash, or as a `text`."""
    digest = _digest(submission, code, to)
    MailedCode.objects.create(
        submission=submission, purpose=purpose, digest=digest, mailbox_digest=mailbox, tries_left=TRIES, **way
    )


def purpose_of(submission: Submission) -> MailedCode.Purpose:
    """Who never entered the first code proves the mailbox by the next one: it is the same mailbox."""
    waiting = Case.objects.filter(submission=submission.pk, stage=Stage.VERIFICATION).exists()
    return MailedCode.Purpose.PROVE if waiting else MailedCode.Purpose.STATUS


def sending(submission: Submission, *, purpose: str) -> Sending:
    """What can be said of the newest code's mail or text message, and no more than what was done."""
    newest = submission.codes.filter(purpose=purpose).select_related("mail", "text").first()
    way = _way(newest) if newest else None
    if way is None:
        return Sending.NONE
    if _is_given_up(way):
        return Sending.FAILED
    if way.sent_at:
        return Sending.SENT
    late = way.attempts or way.created_at < timezone.now() - LATE
    return Sending.LATE if late else Sending.UNDER_WAY


def _way(code: MailedCode) -> OutgoingMail | TextMessage | None:
    return code.mail or code.text


def _is_given_up(way: OutgoingMail | TextMessage) -> bool:
    if isinstance(way, TextMessage):
        return way.given_up_at is not None
    return way.failed_at is not None or (way.attempts >= MAX_ATTEMPTS and not way.sent_at)


def newest_message(submission: Submission, purpose: str) -> TextMessage | None:
    """The text message with the newest code."""
    newest = submission.codes.filter(purpose=purpose).select_related("text").first()
    return newest.text if newest else None


def is_too_many(submission: Submission, same_target: Q) -> bool:
    """A request has its own limits; a mailbox or number has its own over all requests, whoever typed it."""
    own = MailedCode.objects.filter(submission=submission)
    box = MailedCode.objects.filter(same_target, submission__operator=submission.operator_id)
    hour, day = (timezone.now() - timedelta(hours=hours) for hours in (1, 24))
    limits = (
        (own, hour, PER_HOUR),
        (own, day, PER_DAY),
        (box, hour, PER_MAILBOX),
        (box, day, PER_MAILBOX_DAY),
    )
    return any(codes.filter(created_at__gte=since).count() >= most for codes, since, most in limits)


@transaction.atomic
def redeem(submission: Submission, *, purpose: str, code: str, to: str = "") -> tuple[Refusal | None, bool]:
    """None for the latest code, once and in time; and whether the person should hear of the guesses.

    ``to``: the new address that the code has to be for.

    A wrong try is counted, so refusals are returned, not raised. What is not six digits cannot have been a guess, and
    costs no try. The work is the same where the submission only stands in for one.
    """
    typed = digits_of(code)
    if len(typed) != DIGITS:
        return _refused(_newest(submission, purpose)), False
    guess = attempts.claim(GUESSES, submission.operator_id, str(submission.pk))
    if guess.wait:
        return Refusal("code-wait", minutes=guess.minutes), False
    mailed = _newest(submission, purpose)
    fits = hmac.compare_digest(mailed.digest, _digest(submission, typed, to))
    if fits and _opens(mailed):
        MailedCode.objects.filter(pk=mailed.pk).update(used_at=timezone.now())
        attempts.take_back(GUESSES, submission.operator_id, str(submission.pk))
        return None, False
    MailedCode.objects.filter(pk=mailed.pk, tries_left__gt=0).update(tries_left=F("tries_left") - 1)
    mailed.tries_left -= 1 if _opens(mailed) else 0
    return _refused(mailed), guess.number == GUESSES.free


def _newest(submission: Submission, purpose: str) -> MailedCode:
    """The newest alone: sending another code ends the one before. One that opens nothing, where there is none."""
    codes = MailedCode.objects.select_for_update(of=("self",)).select_related("mail", "text")
    nothing = MailedCode(pk=0, digest="", tries_left=0)
    return codes.filter(submission=submission.pk, purpose=purpose).first() or nothing


def _is_over(mailed: MailedCode) -> bool:
    """Used, or half an hour old. Whoever has a code that we do not know to be out got it all the same."""
    way = _way(mailed)
    return bool(mailed.used_at or way is None or (way.sent_at and way.sent_at + LIFE <= timezone.now()))


def _opens(mailed: MailedCode) -> bool:
    return not _is_over(mailed) and mailed.tries_left > 0


def _refused(mailed: MailedCode) -> Refusal:
    if _is_over(mailed):
        return Refusal("code-expired")
    return Refusal("code-wrong", tries=mailed.tries_left) if mailed.tries_left else Refusal("code-none-left")

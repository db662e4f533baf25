"""A code in a letter to the address in the population register: for whoever has no electronic identity (Art. 12(2)).

It proves what the operator's register says, and its life is counted from the day it is posted. Whoever prints the
letter has looked the address up, and might read the code: their name stays with it, as with a proof they vouch for.
"""

import hmac
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cases.casework import attempts, audit, case_clock, standstill
from cases.casework.attempts import Pace
from cases.casework.commands import open_task
from cases.casework.operators import register_of
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.identity.knocks import knock
from cases.identity.mailed_codes import digits_of
from cases.models import Case, Knock, Operator, PostedCode, Submission, Task, User
from cases.models.proof import LETTER, Level
from cases.sealed import vault

TO_POST = "post-code"
DIGITS = 8
LIFE = timedelta(days=30)
GUESSES = Pace("posted-guess", free=5, first_wait=timedelta(minutes=10), longest_wait=timedelta(hours=12))


def proves(operator: Operator) -> Level | None:
    """What a code by letter proves here; None where the operator sends none."""
    way = register_of(operator).ways.get(LETTER)
    return Level(way.proves) if way else None


def may_be_posted(submission: Submission) -> bool:
    """Whether a letter is a way for them here. Nobody at the desk looks up where a protected person lives."""
    protected = submission.cases.exclude(protected_by="").exists()
    return not protected and proves(submission.operator) is not None


def is_under_way(submission: Submission) -> bool:
    """Whether a letter was posted whose code can still be entered."""
    newest = _newest(submission)
    return newest is not None and _opens(newest)


@transaction.atomic
def ask_for(submission: Submission) -> None:
    """The person asks for a letter: a task for whoever looks the address up. Safe to repeat. Refusal no-letters."""
    case = submission.cases.select_related("operator", "register").order_by("pk").first()
    if case is None or not may_be_posted(submission):
        raise Refusal("no-letters")
    open_task(case, TO_POST, due_on=case_clock.today(case), by=audit.DATA_SUBJECT)


@transaction.atomic
def write(case: Case, *, by: User, agreed: bool = False) -> str:
    """A fresh code for a letter; its keyed hash alone is kept. Refusal no-letters, letter-protected, held-back.

    ``agreed``: the person has said that a letter is safe; letter-unsafe without it where they are reached in one way.
    """
    if standstill.stops("posted-code"):
        raise Refusal("held-back")
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if proves(case.operator) is None:
        raise Refusal("no-letters")
    if not may_be_posted(case.submission):
        raise Refusal("letter-protected")
    if case.submission.safe_contact and not agreed:
        raise Refusal("letter-unsafe")
    case.submission.posted_codes.filter(posted_at=None).delete()
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    PostedCode.objects.create(
        submission=case.submission, digest=_digest(case.submission, code), written_by=by
    )
    audit.record(case, "code.written", by=by)
    return code


@transaction.atomic
def note_posted(case: Case, *, by: User) -> None:
    """The letter is in the post; the code before it ends. Refusal no-letter where none waits."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    written = case.submission.posted_codes.filter(posted_at=None).first()
    if written is None:
        raise Refusal("no-letter")
    written.posted_at, written.posted_by = timezone.now(), by
    written.save(update_fields=["posted_at", "posted_by"])
    Task.objects.filter(case__submission=case.submission_id, kind=TO_POST, done_at=None).update(
        done_at=written.posted_at, done_by=by
    )
    audit.record(case, "code.posted", by=by)


@transaction.atomic
def redeem(submission: Submission, *, code: str) -> Refusal | None:
    """None for the newest code that was posted, once and in time. A wrong try is counted: refusals are returned.

    The person hears of many guesses.
    """
    typed = digits_of(code)
    if len(typed) != DIGITS:
        return Refusal("posted-digits", digits=DIGITS)
    guess = attempts.claim(GUESSES, submission.operator_id, str(submission.pk))
    if guess.wait:
        return Refusal("code-wait", minutes=guess.minutes)
    posted = _newest(submission)
    if posted is None or not _opens(posted):
        return Refusal("posted-expired")
    if hmac.compare_digest(posted.digest, _digest(submission, typed)):
        PostedCode.objects.filter(pk=posted.pk).update(used_at=timezone.now())
        attempts.take_back(GUESSES, submission.operator_id, str(submission.pk))
        return None
    PostedCode.objects.filter(pk=posted.pk).update(tries_left=F("tries_left") - 1)
    if guess.number == GUESSES.free:
        knock(submission, Knock.About.GUESSES)
    return (
        Refusal("code-wrong", tries=posted.tries_left - 1)
        if posted.tries_left > 1
        else Refusal("posted-expired")
    )


def written_by(submission: Submission) -> User:
    """Who printed the letter with the code that was entered last, and so could have read it."""
    return (
        submission.posted_codes.exclude(used_at=None)
        .select_related("written_by")
        .latest("used_at")
        .written_by
    )


def _newest(submission: Submission) -> PostedCode | None:
    return submission.posted_codes.exclude(posted_at=None).order_by("-posted_at").first()


def _opens(posted: PostedCode) -> bool:
    assert posted.posted_at is not None
    return not posted.used_at and posted.tries_left > 0 and posted.posted_at + LIFE > timezone.now()


def _digest(submission: Submission, code: str) -> str:
    return vault.digest(submission.operator_id, f"posted-code:{submission.pk}", code)

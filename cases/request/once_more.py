"""A request that is over, of which something still waits for proof: whoever shows more then gets it in a new case.

It is asked anew, on the day of the proof and with a month from then (Article 12(3)): the earlier answer stands, says
what was missing and may be fetched while its days last. The person types nothing again, and nothing is asked of them.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cases.casework import audit, standstill
from cases.casework.bounces.whose import mailbox_in_doubt
from cases.casework.mail import queue
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.identity import verification
from cases.identity.eid.outcomes import Outcome, Shown
from cases.identity.eid.proving import misfit, prove_by_eid
from cases.identity.stepping_up import posted_codes
from cases.identity.stepping_up.waiting import opened_runs, waiting_runs
from cases.identity.vouched import vouching
from cases.models import Case, Proof, Run, Submission, User
from cases.models.case import Following, Stage
from cases.models.proof import Level
from cases.request.following import copied_submission, copy_identifiers, copy_proven, following
from cases.sealed.typed import read_file, reply_address

LOOKED_AFTER = timedelta(days=1)


def still_waiting(submission: Submission) -> list[Case]:
    """The cases that are over, of which something waits for a stronger proof, and that are not asked once more yet."""
    over = _unfollowed().filter(submission=submission)
    return [case for case in over.select_related("operator", "register").order_by("pk") if waiting_runs(case)]


def _unfollowed() -> QuerySet[Case]:
    """What is over, not purged, and not asked once more. A second pass of an erasure asks for nothing more."""
    again = Case.objects.filter(follows=OuterRef("pk"), follows_as=Following.ONCE_MORE)
    return Case.objects.filter(~Exists(again), stage=Stage.CLOSED).exclude(file_sealed=b"")


def asked_again(case: Case) -> Case | None:
    """The case in which this one is asked once more."""
    return case.followed_by.filter(follows_as=Following.ONCE_MORE).first()


@transaction.atomic
def prove_again_by_eid(submission: Submission, shown: Shown) -> tuple[Outcome, Submission]:
    """Ask anew for what waits, as proven by electronic identity. Or the outcome that says why not, and nothing new."""
    cases = still_waiting(submission)
    if not cases:
        return Outcome.PROVEN, submission
    if (found := misfit(submission, cases, shown)) is not None:
        return found, submission
    again = _asked(cases, by=audit.DATA_SUBJECT)
    outcome = prove_by_eid(again, shown)
    _tell(again)
    return outcome, again


@transaction.atomic
def vouch_again(
    submission: Submission, *, level: str, evidence: str, checked: str, by: User
) -> tuple[Proof | None, Submission]:
    """The same where a caseworker vouches: no proof yet where a second person has to. Refusals as of `vouch`.

    While something of the request is open, the proof is given there.
    """
    require(by, submission.operator, Permission.WORK_CASES)
    if submission.cases.exclude(stage=Stage.CLOSED).exists():
        # What is over and waits goes on by this proof too.
        return vouching.vouch(submission, level=level, evidence=evidence, checked=checked, by=by), submission
    cases = still_waiting(submission)
    if not cases:
        raise Refusal("closed")
    again = _asked(cases, by=by)
    proof = vouching.vouch(again, level=level, evidence=evidence, checked=checked, by=by)
    if proof is not None:
        _tell(again)
    return proof, again


@transaction.atomic
def prove_by_letter(submission: Submission, *, code: str) -> tuple[Refusal | None, Submission]:
    """The code from a letter: a proof for what goes on, or for a case of its own. A refusal is returned."""
    # The register may have changed since it was posted. The code is left alone: the way may come back.
    if (level := posted_codes.proves(submission.operator)) is None:
        return Refusal("no-letters"), submission
    if (refusal := posted_codes.redeem(submission, code=code)) is not None:
        return refusal, submission
    written_by = posted_codes.written_by(submission)
    if (cases := still_waiting(submission)) and not submission.cases.exclude(stage=Stage.CLOSED).exists():
        submission = _asked(cases, by=audit.DATA_SUBJECT)
        _tell(submission)
    verification.prove_by_letter(submission, level=level, by=written_by)
    return None, submission


@transaction.atomic
def go_on(case_id: int) -> None:
    """What was shown while a case could not go back, or was over already, is enough for the rest: asked anew.

    With it whatever else of the same request is over and waits for no more than that. Safe to repeat.
    """
    if standstill.stops("once-more"):
        return
    submission = Submission.objects.get(cases=case_id)
    locked = [lock(pk) for pk in submission.cases.order_by("pk").values_list("pk", flat=True)]
    cases = [case for case in still_waiting(submission) if opened_runs(case)]
    if not cases:
        return
    begun = _asked(cases, by=audit.SYSTEM)
    _tell(begun)
    for each in begun.cases.order_by("pk"):
        # A proof that came when this one was over has told whom to look for in the others alone.
        for sibling in (case for case in locked if case.file_sealed):
            copy_proven(sibling, each)
        verification.proven(lock(each.pk), by=audit.SYSTEM)


def due() -> QuerySet[Case]:
    """Cases that `go_on` may be for, of the last day: whoever looks every minute looks again at few."""
    lately = timezone.now() - LOOKED_AFTER
    told = Proof.objects.filter(submission=OuterRef("submission")).exclude(level=Level.LOW)
    over = _unfollowed().filter(Exists(Run.objects.filter(case=OuterRef("pk"), status=Run.Status.NOT_PROVEN)))
    return over.filter(Exists(told.filter(at__gt=lately)) | Q(Exists(told), closed_at__gt=lately)).order_by(
        "pk"
    )


def _asked(cases: list[Case], *, by: audit.Actor) -> Submission:
    # Locked before anything is recorded, as in every command that touches several.
    cases = [lock(case.pk) for case in cases]
    typed = read_file(cases[0])
    submission = copied_submission(cases[0], typed, channel=Following.ONCE_MORE)
    for case in cases:
        again = following(case, submission, typed, received_at=timezone.now())
        copy_identifiers(case, again, seeds=True)
        audit.record(case, "case.asked-again", by=by, case=again.reference)
        audit.record(
            again, "case.received", by=by, right=again.right, channel=Following.ONCE_MORE, due_on=again.due_on
        )
    return submission


def _tell(submission: Submission) -> None:
    """That it has begun: only where something was proven for it."""
    if (address := reply_address(submission)) and not mailbox_in_doubt(submission):
        queue(submission, "receipt", to=address, cases=list(submission.cases.order_by("pk")))

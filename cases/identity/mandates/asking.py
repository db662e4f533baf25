"""What shows the authority: asked for by mail, and given on a page, straight into the vault."""

from django.db import transaction

from cases.casework import audit, case_clock
from cases.casework.mail import queue
from cases.casework.workflow import Refusal
from cases.identity import unproven
from cases.identity.mandates.deciding import waiting
from cases.models import Case, Paper, Submission, User
from cases.models.case import Stage
from cases.papers import keeping
from cases.sealed.typed import read_file
from cases.sealed.uploads import Upload


@transaction.atomic
def ask(case: Case, *, doubt: str = "", by: User, told: bool = False) -> bool:
    """Ask for the papers by mail. Whether the clock waits for them.

    The letter that goes with a doubt is written above (`exports.notices.identity`). The clock runs on, unless there is
    reasonable doubt about who somebody is, which ``doubt`` puts in words, and this comes in time (Article 12(6); EDPB
    guidelines 01/2022). ``told`` as in `unproven.put`.
    """
    cases, is_mailed = waiting(case, by=by), unproven.put(case, told=told)
    for one in cases:
        if doubt.strip() and may_pause(one):
            case_clock.pause(one, asks_who=True, doubt=doubt.strip(), by=by)
    waits = any(map(case_clock.is_paused, cases))
    for one in cases:
        audit.record(one, "authority.asked", by=by)
    # A reminder of this question, whether or not there was one of another.
    Submission.objects.filter(pk=case.submission_id).update(reminded_at=None)
    if is_mailed:
        until = unproven.answer_by(case)
        address = read_file(case).email
        queue(case.submission, "papers", to=address, cases=cases, waits=waits, until=until)
    return waits


def may_pause(case: Case) -> bool:
    """Whether a question put today still stops the clock."""
    return not case_clock.is_paused(case) and case_clock.today(case) <= case_clock.last_to_ask(case)


def may_give(submission: Submission) -> bool:
    """Whether papers are taken: somebody asks for another, has proven who they are, and waits to be accepted."""
    return submission.proofs.exists() and _open(submission) is not None


def _open(submission: Submission) -> Case | None:
    awaiting = submission.cases.filter(for_other=True, authority=None)
    return awaiting.exclude(stage=Stage.CLOSED).order_by("pk").first()


def give(submission: Submission, upload: Upload) -> Paper:
    """Take in a paper from whoever asks; a clock that waited runs again. Refusal as `keeping.keep`, or closed."""
    case = _open(submission)
    if case is None or not submission.proofs.exists():
        upload.close()
        raise Refusal("closed")
    paper = keeping.keep(case, upload, about=Paper.About.AUTHORITY, by=audit.DATA_SUBJECT)
    for one in submission.cases.exclude(stage=Stage.CLOSED).order_by("pk"):
        # What the clock waits for otherwise, no paper answers.
        if unproven.asked_on(one):
            case_clock.resume(one)
    return paper

"""What is ready goes out by its day, and the rest in a case of its own with more time, as the law gives it.

Article 12(3): an answer comes without undue delay, so what is there need not wait for what is not; the longer time
is for what needs it, told with its reasons inside the first month.
"""

from collections.abc import Collection
from datetime import date

from django.db import transaction

from cases.casework import audit, case_clock
from cases.casework.course import turning
from cases.casework.mail import queue
from cases.casework.permissions import Permission, require
from cases.casework.workflow import advance, close, lock
from cases.collection import parts
from cases.models import Case, Turn, User
from cases.models.case import Following, Outcome, Stage
from cases.request.following import copied_submission, copy_identifiers, following, same_clock
from cases.sealed.typed import read_file
from exports.answer.particulars import later
from exports.models import CaseLetter
from exports.notices import letters
from exports.notices.extension import extension_letter


@transaction.atomic
def split(case: Case, *, categories: Collection[str], ground: str = "", reason: str, by: User) -> Case:
    """Open the case for these categories, and tell the person what comes when, and why. Returns it.

    ``ground`` as in `case_clock.extend`; none where the whole request was extended before. Refusals of
    `parts.keeps_from_splitting`, `parts.set_aside`, `case_clock.extend`; reason-needed.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if (refusal := parts.keeps_from_splitting(case)) is not None:
        raise refusal
    turning.note(case, Turn.Kind.SPLIT, reason, None, by, first=case.received_on)
    due, extended = case.due_on, parts.is_extended(case)
    rest = _opened(case, by)
    parts.set_aside(case, rest, categories)
    told = sorted(set(categories))
    audit.record(case, "case.split", by=by, case=rest.reference, categories=told)
    audit.record(rest, "case.split-off", by=by, case=case.reference, categories=told)
    if not extended:
        case_clock.extend(rest, ground=ground, reason=reason, by=by, tell=False)
        rest.refresh_from_db()
    _tell(case, rest, due, reason.strip(), by)
    advance(rest, Stage.MATCHING, by=by)
    parts.go_on(case, by=by)
    return rest


def _opened(case: Case, by: User) -> Case:
    """The case for the rest: the same person, proofs, identifiers and clock."""
    typed = read_file(case)
    submission = copied_submission(case, typed, channel=Following.REST)
    rest = following(
        case, submission, typed, received_at=case.received_at, received_on=case.received_on, worker=by
    )
    same_clock(case, rest)
    copy_identifiers(case, rest)
    return rest


def _tell(case: Case, rest: Case, due: date, reason: str, by: User) -> None:
    letter = extension_letter(
        rest, due=due, reason=reason, signed_by=by.get_full_name(), later=later(case), earlier=case.reference
    )
    letters.keep(rest, CaseLetter.Kind.EXTENSION, letter, by=by)
    queue(rest.submission, "split", to=read_file(rest).email, case=rest, earlier=case, reason=reason)


@transaction.atomic
def put_together(rest: Case, *, reason: str, by: User) -> Case:
    """One answer after all, by the day of the first part, which is the earlier one; the person is told.

    Returns the case that has the whole. Refusals of `parts.keeps_from_putting_together`; reason-needed.
    """
    for pk in sorted(filter(None, (rest.pk, rest.follows_id))):
        lock(pk)
    rest = lock(rest.pk)
    require(by, rest.operator, Permission.WORK_CASES)
    if (refusal := parts.keeps_from_putting_together(rest)) is not None:
        raise refusal
    assert rest.follows_id is not None  # `keeps_from_putting_together`
    first, address = lock(rest.follows_id), read_file(rest).email
    turning.note(first, Turn.Kind.TOGETHER, reason, None, by, first=first.received_on)
    audit.record(first, "case.together", by=by, case=rest.reference)
    parts.take_back(first, rest, by=by)
    close(rest, Outcome.MERGED, by=by, beside=first.reference)
    queue(rest.submission, "together", to=address, case=rest, earlier=first)
    return first

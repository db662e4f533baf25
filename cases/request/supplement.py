"""A supplement: what an answer lacked is looked for, approved and delivered after it, in a case of its own.

It is the same request, so the person proves nothing anew and its clock is that of the first: what comes now was due
then.
"""

from django.db import transaction

from cases.casework import audit
from cases.casework.course import turning
from cases.casework.mail import queue
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, advance, lock
from cases.models import Case, Turn, User
from cases.models.case import Following, Outcome, Right, Stage
from cases.request.following import copied_submission, copy_identifiers, following, same_clock
from cases.sealed.typed import read_file

# What hands out data; a change at the sources has a second pass.
RIGHTS = frozenset({Right.ACCESS, Right.PORTABILITY})
ANSWERED = frozenset({Outcome.GRANTED, Outcome.PARTLY, Outcome.NOTHING_HELD})


def begun(case: Case) -> Case | None:
    """The supplement of this case, once there is one."""
    return case.followed_by.filter(follows_as=Following.SUPPLEMENT).first()


def keeps_from_supplementing(case: Case) -> Refusal | None:
    """The refusal that stands against it; None where it may be."""
    answered = case.right in RIGHTS and case.outcome in ANSWERED and case.file_sealed
    # Where the answer reached the wrong person, what is added would go the same way.
    if not answered or case.answers.filter(breach__isnull=False).exists():
        return Refusal("not-supplemented")
    there = begun(case)
    return Refusal("supplemented-already", reference=there.reference) if there is not None else None


@transaction.atomic
def start(case: Case, *, reason: str, by: User) -> Case:
    """Open the case in which everything is gathered again; the person is told. Refusals of the above, reason-needed."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if (refusal := keeps_from_supplementing(case)) is not None:
        raise refusal
    turning.note(case, Turn.Kind.SUPPLEMENTED, reason, None, by, first=turning.closed_on(case))
    typed = read_file(case)
    submission = copied_submission(case, typed, channel=Following.SUPPLEMENT)
    again = following(
        case, submission, typed, received_at=case.received_at, received_on=case.received_on, worker=by
    )
    same_clock(case, again)
    copy_identifiers(case, again)
    audit.record(case, "supplement.started", by=by, case=again.reference)
    audit.record(again, "supplement.opened", by=by, case=case.reference, due_on=again.due_on)
    advance(again, Stage.MATCHING, by=by)
    queue(submission, "supplement", to=typed.email, case=again, earlier=case)
    return again

"""A second pass: rows that came to light after an erasure, asked for, decided and approved in a case of their own.

It is the same request, so it keeps the person, the proof, the identifiers and the clock of the first; everything else
is the ordinary line, down to the letter that says what became of these rows.
"""

from django.db import transaction

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, advance, at_stage, lock
from cases.models import Case, LaterRows, Submission, User
from cases.models.case import Following, Stage
from cases.request.following import copied_submission, copy_identifiers, following, same_clock
from cases.sealed import vault
from cases.sealed.typed import Typed, read_file


def later_rows(case: Case) -> list[LaterRows]:
    """What everybody may see of the rows that came after the gathering."""
    return list(case.later_rows.filter(rows__gt=0))


def begun(case: Case) -> Case | None:
    """The second pass of this case, once there is one."""
    return case.followed_by.filter(follows_as=Following.SECOND_PASS).first()


@transaction.atomic
def start(case: Case, *, by: User) -> Case:
    """Open the case in which later rows are erased; another person approves it. Refusal where there are none.

    Once: again it returns the case that was opened.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.DELIVERY, Stage.CLOSED)
    if earlier := begun(case):
        return earlier
    if not later_rows(case):
        raise Refusal("no-later-rows")
    try:
        typed = read_file(case)
    except vault.KeyDestroyed:
        raise Refusal("case-file-gone") from None
    again = _case(case, copied_submission(case, typed, channel=Following.SECOND_PASS), typed, by)
    copy_identifiers(case, again)
    audit.record(case, "second-pass.started", by=by, case=again.reference)
    audit.record(again, "second-pass.opened", by=by, case=case.reference, due_on=again.due_on)
    advance(again, Stage.MATCHING, by=by)
    return again


def _case(case: Case, submission: Submission, typed: Typed, by: User) -> Case:
    again = following(
        case, submission, typed, received_at=case.received_at, received_on=case.received_on, worker=by
    )
    same_clock(case, again)
    return again

"""An answer that can no longer be fetched, asked for anew: a new access request, which the person need not type again.

It is a request like any other: its month begins, its code is mailed, and nothing is gathered before that is entered.
"""

from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.workflow import Refusal, lock
from cases.identity.mailed_codes import send_code
from cases.identity.mandates.addressing import asker_gets
from cases.models import Case, Submission
from cases.models.case import Following, Right
from cases.models.proof import MailedCode
from cases.request import receipts
from cases.request.following import copied_submission, copy_uses, following
from cases.sealed.typed import Typed, read_file


def asked_anew(case: Case) -> Case | None:
    """The case in which its data are asked for anew."""
    return case.followed_by.filter(follows_as=Following.ANEW).first()


def may_ask_anew(case: Case) -> bool:
    """Whether an answer was handed over, can't be fetched any more, and is not asked for anew yet.

    Not where it reached the wrong person: the code would go where the answer went.
    """
    delivered = case.answers.filter(delivered_at__isnull=False)
    return (
        case.is_closed
        and bool(case.file_sealed)
        and delivered.exists()
        and not delivered.filter(expires_at__gt=timezone.now()).exists()
        and not case.answers.filter(breach__isnull=False).exists()
        and asker_gets(case)
        and asked_anew(case) is None
    )


@transaction.atomic
def ask_anew(case: Case) -> Submission:
    """A new access request of the same person. Refusal not-over where it can still be fetched, or is asked already."""
    case = lock(case.pk)
    if not may_ask_anew(case):
        raise Refusal("not-over")
    typed = read_file(case)
    submission = copied_submission(case, typed, channel=Following.ANEW, proofs=False)
    again = following(case, submission, typed, received_at=timezone.now(), right=Right.ACCESS)
    copy_uses(case, again)
    receipts.sign_asked(submission, _asked(case, again, typed), [again])
    by, channel = audit.DATA_SUBJECT, Following.ANEW
    audit.record(case, "case.asked-anew", by=by, case=again.reference)
    audit.record(again, "case.received", by=by, right=again.right, channel=channel, due_on=again.due_on)
    send_code(submission, purpose=MailedCode.Purpose.PROVE)
    return submission


def _asked(case: Case, again: Case, typed: Typed) -> dict[str, object]:
    return {"name": typed.name, "email": typed.email, "rights": [again.right], "follows": case.reference}

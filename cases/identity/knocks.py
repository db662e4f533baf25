"""What is asked by reference, on pages that must not tell whether there is such a request, in words or in time.

The page writes down what was asked, of a real submission or of one that stands in for it; a worker, whom nobody waits
for, finds out which, and mails.
"""

from django.db import transaction
from django.db.models import QuerySet

from cases.casework.dispatch import send
from cases.casework.mail import queue
from cases.identity.mailed_codes import purpose_of, send_code
from cases.models import Knock, Submission
from cases.sealed.typed import reply_address

TASK = "cases.tasks.answer_knock"


def knock(submission: Submission, about: str) -> None:
    """Leave it to a worker. The submission may be one that stands in (`references.asked_of`)."""
    left = Knock.objects.create(operator_id=submission.operator_id, asked_of=submission.pk, about=about)
    transaction.on_commit(lambda: send(TASK, left.pk))


@transaction.atomic
def answer(knock_id: int) -> None:
    """Mail what was asked for, if there is anybody to mail it to. Safe to repeat."""
    left = Knock.objects.select_for_update(skip_locked=True).filter(pk=knock_id).first()
    if left is None:
        return
    left.delete()
    submission = Submission.objects.filter(pk=left.asked_of, operator=left.operator_id).first()
    if submission is None:
        return
    if left.about == Knock.About.CODE:
        send_code(submission, purpose=purpose_of(submission))
    else:
        _tell_of_guesses(submission)


def _tell_of_guesses(submission: Submission) -> None:
    if address := reply_address(submission):
        queue(submission, "guesses", to=address, cases=list(submission.cases.order_by("pk")))


def waiting() -> QuerySet[Knock]:
    """What no worker has answered yet, the oldest first."""
    return Knock.objects.order_by("at")

"""What is asked by reference, on pages that must not tell whether there is such a request, in words or in time.

The page writes down what was asked, of a real submission or of one that stands in for it; a worker, whom nobody waits
for, finds out which, and mails.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cases.casework.bounces.whose import mailbox_in_doubt
from cases.casework.dispatch import send
from cases.casework.mail import TO_GO, queue
from cases.identity.mailed_codes import LATE, purpose_of, send_code
from cases.identity.texting.codes import send_text_code
from cases.models import Knock, MailedCode, OutgoingMail, Submission
from cases.sealed.typed import reply_address

TASK = "cases.tasks.answer_knock"
# Mails that follow a knock, or are asked for on a page that tells as little.
ASKED_BY_REFERENCE = ("code", "status_code", "guesses", "draft_code")


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
    match left.about:
        case Knock.About.CODE:
            send_code(submission, purpose=purpose_of(submission))
        case Knock.About.TEXT if not mailbox_in_doubt(submission):
            send_text_code(submission, purpose=MailedCode.Purpose.STATUS)
        case Knock.About.GUESSES:
            _tell_of_guesses(submission)


def _tell_of_guesses(submission: Submission) -> None:
    if address := reply_address(submission):
        queue(submission, "guesses", to=address, cases=list(submission.cases.order_by("pk")))


def is_late() -> bool:
    """Whether what is asked by reference, or mail in general, goes out late just now.

    By nothing that is sent to who was asked about here: that is the same whether there is a request or not.
    """
    since = timezone.now() - LATE
    if Knock.objects.filter(at__lt=since).exists():
        return True
    others = OutgoingMail.objects.filter(TO_GO, created_at__lt=since)
    return others.exclude(kind__in=ASKED_BY_REFERENCE).exists()


def waiting() -> QuerySet[Knock]:
    """What no worker has answered yet, the oldest first."""
    return Knock.objects.order_by("at")

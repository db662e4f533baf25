"""What is read of a conversation, and by which side."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import lock
from cases.models import Case, Message, User

# Of a case in a question: the person has written something that nobody at the desk has read.
UNREAD = Exists(Message.objects.filter(case=OuterRef("pk"), by=None, read_at=None))


@transaction.atomic
def mark_read(case: Case, seen: int, *, by: User) -> int:
    """Somebody who works the case has read what the person wrote, to the message of this id. Returns how many.

    What came since their page was loaded stays unread. Safe to repeat.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    read = case.messages.filter(by=None, read_at=None, pk__lte=seen).update(read_at=timezone.now())
    if read:
        audit.record(case, "message.read", by=by, messages=read)
    return read


def new_for_person(case: Case) -> int:
    """How many of the desk's messages the person has not opened."""
    return case.messages.filter(by__isnull=False, read_at=None).count()


@transaction.atomic
def shown_to_person(case: Case, shown: Sequence[Message]) -> int:
    """The person has these messages before them. Returns how many of the desk's are new to them. Safe to repeat."""
    new = Message.objects.filter(pk__in=[one.pk for one in shown], case=case, by__isnull=False, read_at=None)
    read = new.update(read_at=timezone.now())
    if read:
        audit.record(case, "message.read", by=audit.DATA_SUBJECT, messages=read)
    return read

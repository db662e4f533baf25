"""A message, from either side. Each lies under the key of the case's file and ends with it (`exports.retention`).

The desk may ask with a pause, on the two grounds for which the law lets a clock stand still and no other
(`cases.casework.case_clock`); the person's next message ends it. The mail says that there is a message, and never what.
"""

from django.db import transaction
from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cases.casework import audit, case_clock, standstill
from cases.casework.mail import queue
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.conversation.reading import mark_read
from cases.identity.characters import is_blank
from cases.identity.eid.configured import names_of
from cases.models import Case, ClockEvent, Message, Paper, User
from cases.models.case import Stage
from cases.papers import keeping
from cases.sealed.typed import read_file
from cases.sealed.uploads import Upload

LONGEST = 4_000  # characters


class Waits(TextChoices):
    """Whether the clock waits for the answer, and on which of the law's two grounds."""

    NO = "", _("The clock runs on")
    WHICH = "which", _("The clock waits: they say which of very many data they want")
    WHO = "who", _("The clock waits: it is in doubt who they are")


@transaction.atomic
def write(
    case: Case, text: str, *, by: User, waits: str = Waits.NO, told: bool = False, seen: int = 0
) -> Message:
    """The desk writes to the person; what it has ``seen``, to the message of that id, is read by that.

    Refusal closed, held-back, message-empty, message-long; for a pause message-waits, ask-safely, ask-who-there and
    those of `case_clock.pause`. ``told``: the person was asked in another way too, since a mail does not reach them.
    """
    text = written(text)
    if waits not in Waits.values:
        raise Refusal("message-waits")
    if standstill.stops("message"):
        raise Refusal("held-back")
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if case.is_closed:
        raise Refusal("closed")
    pause = _pause(case, waits, text, by=by, told=told) if waits else None
    message = Message.objects.create(case=case, text=text, by=by, pause=pause)
    audit.record(case, "message.written", by=by, message=message.pk)
    mark_read(case, seen, by=by)
    queue(case.submission, "message", to=read_file(case).email, case=case)
    return message


def written(text: str) -> str:
    """The words as they are kept. Refusal message-empty, message-long."""
    # Browsers send two characters for the end of a line, and count one.
    text = text.replace("\r\n", "\n").strip()
    if is_blank(text):
        raise Refusal("message-empty")
    if len(text) > LONGEST:
        raise Refusal("message-long", most=f"{LONGEST:,}", count=f"{len(text):,}")
    return text


def _pause(case: Case, waits: str, text: str, *, by: User, told: bool) -> ClockEvent:
    # A question that nobody has heard stops no clock.
    if is_unreachable(case) and not told:
        raise Refusal("ask-safely")
    if waits == Waits.WHICH:
        return case_clock.pause(case, reason=text, by=by)
    if refusal := keeps_from_doubting(case):
        raise refusal
    return case_clock.pause(case, asks_who=True, doubt=text, by=by)


def is_unreachable(case: Case) -> bool:
    """Whether a mail about a message does not lead the person to it."""
    return not case.submission.is_mailed or (bool(case.protected_by) and not names_of(case.operator_id))


def keeps_from_doubting(case: Case) -> Refusal | None:
    """Why the clock can't be stopped by asking here who somebody is; None where it can (Article 12(6)).

    While nobody has proven that, or that they may ask for another, there is a question for it, with a letter
    (`exports.notices.identity`).
    """
    is_asked_there = case.stage == Stage.VERIFICATION or (case.for_other and case.authority_id is None)
    if is_asked_there or not case.submission.proofs.exists():
        return Refusal("ask-who-there")
    last = case_clock.last_to_ask(case)
    if case_clock.today(case) > last:
        return Refusal("pause-late", day=date_format(last, "DATE_FORMAT"))
    return None


def may_answer(case: Case) -> bool:
    """Whether the person can write: they have proven who they are, and the case is open."""
    return not case.is_closed and case.submission.proofs.exists()


def answer(case: Case, text: str, *, upload: Upload | None = None, answers: bool = True) -> Message:
    """The person writes, with a file if they like; a clock that stood still for our question runs again.

    Not where it ``answers`` nothing: whoever may not read the question cannot. Taken in also while the desk is held
    back, as requests are. Refusal closed, message-empty, message-long, and those of `keeping.keep`.
    """
    text = written(text)
    if not may_answer(case):
        raise Refusal("closed")
    # The file is looked through before the case is locked.
    with transaction.atomic():
        about, by = Paper.About.MESSAGE, audit.DATA_SUBJECT
        paper = keeping.keep(case, upload, about=about, by=by) if upload else None
        case = lock(case.pk)
        if case.is_closed:
            raise Refusal("closed")
        message = Message.objects.create(case=case, text=text)
        if paper is not None:
            paper.message = message
            paper.save(update_fields=["message"])
        audit.record(case, "message.came", by=by, message=message.pk)
        if answers and waits_for_answer(case):
            case_clock.resume(case)
    return message


def waits_for_answer(case: Case) -> bool:
    """Whether the clock stands still for a question of this conversation, and not for a proof or papers."""
    last = case.clock_events.filter(kind=ClockEvent.Kind.PAUSED).last()
    return bool(last) and case_clock.is_paused(case) and Message.objects.filter(pause=last).exists()

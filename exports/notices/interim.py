"""What was done at once and before the answer: the person is told by a letter, unless the answer is there first."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cases.casework import audit, case_clock, standstill
from cases.casework.operators import register_of_case
from cases.casework.workflow import INTERIM, lock
from cases.models import Case
from cases.models.case import Right
from cases.sealed.typed import read_file
from exports.answer.done import day_of
from exports.letter import content
from exports.letter.document import Document
from exports.letter.facts import CaseFacts
from exports.models import CaseLetter
from exports.notices import letters

KIND = CaseLetter.Kind.INTERIM
# An answer that comes on the same day says it better.
AFTER = timedelta(hours=1)


def due() -> QuerySet[Case]:
    """Cases in which something was done that the person has not been told of.

    Whoever asks for somebody, or is protected, hears of it with the answer, and on its way.
    """
    done = Case.objects.filter(
        interim_at__lt=timezone.now() - AFTER, closed_at=None, protected_by="", for_other=False
    )
    return done.exclude(letters__kind=KIND)


@transaction.atomic
def tell(case_id: int) -> None:
    """Write the letter and mail that it is there. Safe to repeat."""
    if standstill.stops("interim-letter"):
        return
    case = lock(case_id)
    if due().filter(pk=case.pk).exists():
        letters.send(case, KIND, interim_letter(case), by=audit.SYSTEM)


def interim_letter(case: Case) -> Document:
    """The letter, in the case's language. LetterProblem where nothing was done yet."""
    on, objection = day_of(case.interim_at), case.right == Right.OBJECTION
    facts = CaseFacts(
        reference=case.reference,
        register=register_of_case(case),
        right=case.right,
        language=case.language,
        person_name=read_file(case).name,
        received_on=case.received_on,
        answered_on=case_clock.today(case),
        due_on=case.due_on,
        outcome="interim",
        acted_on=on if case.right in INTERIM else None,
        limited_on=on if objection else None,
    )
    return content.interim(facts)

"""That the answer takes longer: the mail says why, and the letter stays for whoever looks on the status page."""

from datetime import date

from django.db import transaction

from cases.casework import case_clock
from cases.casework.operators import register_of_case
from cases.casework.workflow import lock
from cases.models import Case, User
from cases.models.case import Right
from cases.sealed.typed import read_file
from exports.answer.done import day_of
from exports.letter import content
from exports.letter.document import Document
from exports.letter.facts import CaseFacts, ExtensionFacts, LaterFacts
from exports.models import CaseLetter
from exports.notices import letters


@transaction.atomic
def extend(case: Case, *, ground: str, reason: str, by: User) -> CaseLetter:
    """Extend the case, and write the letter that says so (Article 12(3)). Refusals as in `case_clock.extend`."""
    due = lock(case.pk).due_on
    case_clock.extend(case, ground=ground, reason=reason, by=by)
    case = lock(case.pk)
    letter = extension_letter(case, due=due, reason=reason.strip(), signed_by=by.get_full_name())
    return letters.keep(case, CaseLetter.Kind.EXTENSION, letter, by=by)


def extension_letter(
    case: Case,
    *,
    due: date,
    reason: str,
    signed_by: str = "",
    later: LaterFacts | None = None,
    earlier: str = "",
) -> Document:
    """The letter, in the case's language. ``due``: the last day before it was extended.

    ``later``, of a request that was split: what is answered later, by this case, and ``earlier`` the case that comes
    by the first day.
    """
    typed = read_file(case)
    facts = CaseFacts(
        reference=case.reference,
        register=register_of_case(case),
        right=case.right,
        language=case.language,
        # It may come before anybody is known: to whoever asks, with nothing from any source.
        person_name=typed.name,
        asked_for=typed.person if case.for_other else "",
        received_on=case.received_on,
        answered_on=case_clock.today(case),
        due_on=due,
        outcome="extension",
        signed_by=signed_by,
        limited_on=day_of(case.interim_at) if case.right == Right.OBJECTION else None,
        extension=ExtensionFacts(new_due=case.due_on, reason=reason),
        later=later,
        earlier=earlier,
    )
    return content.extension(facts)

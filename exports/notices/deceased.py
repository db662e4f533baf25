"""A request for somebody who has died, where the law does not reach: said kindly, with what the estate can ask."""

from dataclasses import replace
from datetime import date

from django.db import transaction

from cases.assessment.situations import situation_of
from cases.casework import case_clock
from cases.casework.mail import queue
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, at_stage, close, lock
from cases.identity.people.deceased import BEFORE_GATHERING, reach_of
from cases.models import Case, User
from cases.models.case import Outcome
from cases.sealed.typed import read_file
from exports.answer.snapshot import facts_of
from exports.letter import content
from exports.letter.document import Document
from exports.letter.plain import plain


def deceased_letter(case: Case, *, last: date | None, signed_by: str = "") -> Document:
    """The letter, in the case's language. ``last``: the last day on which the law reached the person."""
    facts = facts_of(case, situation=situation_of(case, case_clock.today(case)), signed_by=signed_by)
    return content.deceased(replace(facts, law_until=last))


@transaction.atomic
def close_outside(case: Case, *, by: User) -> None:
    """Tell the asker, and end the case. Refusal person-lives, law-applies where it is answered as any other."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, *BEFORE_GATHERING)
    found = reach_of(case)
    if found is None:
        raise Refusal("person-lives")
    if found.applies:
        raise Refusal("law-applies")
    letter = deceased_letter(case, last=found.last, signed_by=by.get_full_name())
    close(case, Outcome.OUTSIDE, by=by)
    to = read_file(case).email
    queue(case.submission, "letter", to=to, title=letter.title, body=plain(letter), case=case)

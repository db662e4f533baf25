"""The end of a restriction: the person is told first (Article 18(3)), the restriction ends on the day that was told."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from cases.assessment.situations import situation_of
from cases.casework import audit, case_clock
from cases.casework.mail import queue
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.execution.amendments.lifting import lift_by_hand, limited_by_hand
from cases.identity.mandates.addressing import asker_gets, person_gets
from cases.identity.people.protection import opens_by_eid, past_the_asker
from cases.models import Case, Restriction, User
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sealed.typed import read_file
from exports.answer.snapshot import facts_of
from exports.letter import content
from exports.letter.document import Document
from exports.models import CaseLetter
from exports.notices import letters


def lifting_letter(case: Case, *, on: date, reason: str, signed_by: str = "") -> Document:
    """The notice, in the case's language."""
    facts = facts_of(case, situation=situation_of(case, case_clock.today(case)), signed_by=signed_by)
    return content.lifting(facts, when=on, reason=reason)


@transaction.atomic
def lift_restriction(case: Case, *, on: date, reason: str, by: User) -> None:
    """Tell the person that the restriction ends on a day still to come; on that day beat lifts it at the sources.

    Refusal not-restricted where nothing is, reason-needed, lifting-too-early for today or a day that has passed.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    restricted = Restriction.objects.select_for_update().filter(case=case, announced_at=None)
    if not restricted.exists() and not limited_by_hand(case).exists():
        raise Refusal("not-restricted")
    if not reason.strip():
        raise Refusal("reason-needed")
    if on <= case_clock.today(case):
        raise Refusal("lifting-too-early")
    letter = lifting_letter(case, on=on, reason=reason.strip(), signed_by=by.get_full_name())
    why = vault.seal(case, KeyUse.FILE, reason.strip().encode())
    restricted.update(lifts_on=on, lift_reason=why, announced_at=timezone.now())
    lift_by_hand(case, on)
    letters.keep(case, CaseLetter.Kind.LIFTING, letter, by=by)
    _tell(case, on)
    audit.record(case, "restriction.announced", by=by, lifts_on=on)


def _tell(case: Case, on: date) -> None:
    """As the answer went: to whoever asked by mail, to the person by hand, to a protected one without the address."""
    by_eid = not case.protected_by or opens_by_eid(case)
    if asker_gets(case) and by_eid:
        queue(case.submission, "letter", to=read_file(case).email, case=case)
    if person_gets(case) or not by_eid:
        past_the_asker(case, about=CaseLetter.Kind.LIFTING, due_on=on - timedelta(days=1))

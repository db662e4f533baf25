"""The letter that an authority was not accepted: made of what was decided, whenever it is read, and kept nowhere."""

from django.db import transaction

from cases.casework import audit, standstill
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal
from cases.law.clock import date_of_receipt
from cases.models import AuthorityRefusal, Case, User
from cases.papers.keeping import DAYS_KEPT
from cases.sealed.typed import read_file
from exports import pdf
from exports.letter import content
from exports.letter.document import Document
from exports.letter.facts import CaseFacts
from exports.notices.letters import refuse_masked


def letter(refused: AuthorityRefusal) -> Document:
    """The letter of the day of the decision, to whoever asked. vault.KeyDestroyed once the case file's time is over."""
    case, register = refused.case, register_of_case(refused.case)
    typed = read_file(case)
    facts = CaseFacts(
        reference=case.reference,
        register=register,
        right=case.right,
        language=case.language,
        person_name=typed.name,
        received_on=case.received_on,
        answered_on=date_of_receipt(refused.at, register.time_zone),
        due_on=case.due_on,
        outcome=case.outcome,
        signed_by=refused.by.get_full_name(),
    )
    return content.authority_refused(
        facts, person=typed.person, ground=refused.ground, reason=refused.reason, days_kept=DAYS_KEPT
    )


@transaction.atomic
def read(case: Case, *, by: User | None = None) -> bytes:
    """The letter as a PDF, each reading recorded; ``by`` is a member of staff, None whoever asked.

    Refusal package-not-ready where nothing was refused, held-back outside the desk while it stands still.
    """
    found = AuthorityRefusal.objects.select_related("by", "case__operator", "case__register")
    refused = found.filter(case=case).first()
    if refused is None:
        raise Refusal("package-not-ready")
    if by is None and standstill.stops("fetch"):
        raise Refusal("held-back")
    if by is not None:
        require(by, case.operator, Permission.READ_CONTENT)
    written = pdf.pdf(letter(refused)).content
    refuse_masked(case, "refusal.pdf", written)
    audit.record(case, "letter.read", by=by or audit.DATA_SUBJECT, about="authority")
    return written

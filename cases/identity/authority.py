"""Whoever asks for somebody else: what they prove is theirs, and nothing of it may find or touch anybody's data.

Such a case waits at matching until a person has checked the authority (`identity.mandates`) and said who the person
concerned is. The clock runs meanwhile, unless there is reasonable doubt about who somebody is, and that is asked in
time (Article 12(3) and (6); EDPB guidelines 01/2022, section 3.4).
"""

from django.db import transaction

from cases.casework.commands import open_task
from cases.casework.workflow import AUTHORITY, block, take
from cases.identity.identifiers import EMAIL, NATIONAL_ID
from cases.models import Case
from cases.models.case import Stage


def proof_is_persons(case: Case) -> bool:
    """Whether what the asker proves is the person's whose data it is about."""
    return not case.for_other


def awaits_authority(case: Case) -> bool:
    """Whether nobody has checked yet that the asker may speak for the person: until then nothing is looked for."""
    return not proof_is_persons(case) and case.authority_id is None


def is_askers(case: Case, kind: str, digest: str) -> bool:
    """Whether this is the mailbox, or the proven national number, of somebody who asks for another.

    A source may well know it as the other's too: a parent's, a guardian's. It would find the asker's own data.
    """
    if proof_is_persons(case):
        return False
    if kind == NATIONAL_ID:
        return case.submission.proofs.filter(number_digest=digest).exists()
    own = case.submission
    return kind == EMAIL and (
        digest == own.mailbox_digest or own.former_addresses.filter(digest=digest).exists()
    )


@transaction.atomic
def wait_for_authority(case_id: int) -> None:
    """Stop the case, and open one task for a person. Safe to repeat."""
    case = take(case_id, Stage.MATCHING)
    if case is None or not awaits_authority(case):
        return
    block(case, "authority-to-check")
    open_task(case, AUTHORITY, due_on=case.act_by or case.due_on)

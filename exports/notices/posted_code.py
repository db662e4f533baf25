"""The letter with a code, to the address that a caseworker has looked up in the population register.

Neither the address nor the letter is kept: whoever prints it posts it, and says so.
"""

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from cases.casework import case_clock
from cases.casework.bounces.whose import mailbox_in_doubt
from cases.casework.operators import register_of_case
from cases.identity.stepping_up import posted_codes
from cases.models import Case, User
from cases.sealed.typed import read_file
from exports import pdf
from exports.letter import content
from exports.letter.facts import CaseFacts
from exports.notices.letters import refuse_masked


@transaction.atomic
def write_letter(case: Case, *, address: tuple[str, ...], by: User, agreed: bool = False) -> bytes:
    """The letter as a PDF, with a fresh code in it. Refusals and ``agreed`` as in `posted_codes.write`."""
    code = posted_codes.write(case, by=by, agreed=agreed)
    page = reverse("public:status", args=[case.operator_id])
    facts = CaseFacts(
        reference=case.reference,
        register=register_of_case(case),
        right=case.right,
        language=case.language,
        # Whoever asks gets the code: it is they who prove.
        person_name=read_file(case).name,
        address_lines=address,
        received_on=case.received_on,
        answered_on=case_clock.today(case),
        due_on=case.due_on,
        outcome="",
        signed_by=by.get_full_name(),
    )
    letter = content.posted_code(
        facts,
        code=f"{code[:4]} {code[4:]}",
        page=f"{settings.BASE_URL}{page}",
        days=posted_codes.LIFE.days,
        by_eid=mailbox_in_doubt(case.submission),
    )
    printed = pdf.pdf(letter).content
    refuse_masked(case, "code.pdf", printed)
    return printed

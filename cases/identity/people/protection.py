"""Protected identity: sekretessmarkering, skyddad folkbokföring, navne- og adressebeskyttelse.

Once anybody has said so, only named staff know of the case, where the person lives is on no screen, and the answer is
opened by electronic identity, or goes the way on which the sender need not know the address.
"""

from collections.abc import Callable
from datetime import date

from django.db import transaction

from cases.casework import audit, case_clock
from cases.casework.commands import open_task
from cases.casework.members.named import shut, together
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal
from cases.identity.known import is_another
from cases.identity.mandates.addressing import HAND_TO_PERSON, asker_gets
from cases.models import Case, User
from cases.models.case import Marked
from connectors.description.collection import Collection

# The task to send the answer on, by the operator's country: each has a way of its own.
FORWARD = {"SE": "send-through-tax-agency", "DK": "send-by-digital-post"}
# Where a card of this kind names no column as address, all of it may be one.
CARD = "contact"


@transaction.atomic
def mark_protected(case: Case, *, by: User) -> None:
    """A caseworker has learned of it."""
    require(by, case.operator, Permission.WORK_CASES)
    protect(case, Marked.STAFF, by=by)


@transaction.atomic
def protect(case: Case, how: Marked, *, by: audit.Actor) -> None:
    """All that was asked together is protected from now on. Who said so first stands. Safe to repeat."""
    for one in shut(case, by=by):
        if not one.protected_by:
            one.protected_by = how
            one.save(update_fields=["protected_by"])
            audit.record(one, "person.protected", by=by, how=how)
    case.refresh_from_db(fields=["protected_by", "named_only"])


@transaction.atomic
def unprotect(case: Case, *, reason: str, by: User) -> None:
    """It has ended, or was said by mistake. Named staff stay, until somebody opens the case to everybody."""
    require(by, case.operator, Permission.WORK_CASES)
    if not reason.strip():
        raise Refusal("reason-needed")
    for one in together(case):
        if one.protected_by:
            one.protected_by, one.opened_because = "", reason.strip()
            one.save(update_fields=["protected_by", "opened_because"])
            audit.record(one, "person.not-protected", by=by)


def is_hidden(case: Case, collection: Collection) -> Callable[[str], bool]:
    """Whether a column of these rows tells where a protected person lives, and so is on no screen."""
    if not case.protected_by:
        return lambda _column: False
    if collection.address or collection.category != CARD:
        return lambda column: column in collection.address
    return lambda column: column not in collection.key_columns


def hides_home(case: Case) -> bool:
    """Whether no file may tell where the person lives: somebody else opens it, and may be whom they hide from."""
    return bool(case.protected_by) and case.for_other and asker_gets(case)


def forwarding_task(case: Case) -> str:
    """The kind of the task by which the answer reaches the person through an authority or a sealed mailbox."""
    return FORWARD[register_of_case(case).country]


def send_on(case: Case) -> None:
    """A protected person's answer that goes past whoever asked, or opens to nobody: sent on without the address."""
    open_task(case, forwarding_task(case), due_on=case_clock.last_day(case))


def past_the_asker(case: Case, *, about: str, due_on: date) -> None:
    """A caseworker brings the person a letter that nobody else may open, or nobody can by a mailed code.

    ``about``: which letter. A task that tells of one opens no package to staff.
    """
    kind = forwarding_task(case) if case.protected_by else HAND_TO_PERSON
    open_task(case, kind, detail=about, due_on=due_on)


def opens_by_eid(case: Case) -> bool:
    """Whether whoever shall get the answer has shown who they are by electronic identity, and so can open it with it.

    Not by a number that nobody ties to whoever was found: it may be that of somebody who only reads their mail. What
    somebody who asks for the person has shown opens nothing that goes to the person alone.
    """
    return asker_gets(case) and case.submission.proofs.exclude(issuer="").exists() and not is_another(case)

"""Whether a child asks, as its national number tells; counted anew where it is asked, and kept nowhere.

A young child's own request waits at matching until a person has looked at it. Nobody is asked or told meanwhile.
"""

from django.db import transaction
from django.utils import timezone

from cases.casework import audit, case_clock
from cases.casework.commands import open_task
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import CHILD, Refusal, at_stage, block, kick, lock
from cases.identity.identifiers import NATIONAL_ID
from cases.law.people.age import OF_AGE, Ages, ages
from cases.law.people.children import Answer, Asker, May, may_ask
from cases.law.situation import Right
from cases.models import Case, ChildHeard, ClaimedIdentifier, Identifier, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.sealed import vault


def age_of(case: Case) -> Ages | None:
    """The person's, by what was proven or what a source tells, else by what was typed; None where no number is known.

    Raises vault.KeyDestroyed once the case file's time is over.
    """
    known = (one for one in case.identifiers.all() if one.kind == NATIONAL_ID)
    typed = (one for one in case.claimed.all() if one.kind == NATIONAL_ID and not one.rejected_at)
    number: Identifier | ClaimedIdentifier | None = next(known, None) or next(typed, None)
    if number is None:
        return None
    plain = vault.unseal(case, KeyUse.FILE, number.sealed).decode()
    return ages(plain, register_of_case(case).country, case_clock.today(case))


def rules_for(case: Case, found: Ages, *, custodians: int = 1) -> Answer:
    """What the law says of who asks here for somebody of that age."""
    asker = Asker.CUSTODIAN if case.for_other else Asker.CHILD
    country = register_of_case(case).country
    return may_ask(asker, found, country, Right(case.right), custodians=custodians)


def awaits_hearing(case: Case) -> bool:
    """Whether a child asks whom nobody has heard yet, and who is too young for that to go by itself."""
    if case.for_other or ChildHeard.objects.filter(case=case).exists():
        return False
    found = age_of(case)
    return found is not None and found.least < OF_AGE and rules_for(case, found).may is not May.YES


def wait_for_hearing(case: Case) -> None:
    """Stop a locked case, and open one task for a person. Safe to repeat."""
    block(case, "child-to-hear")
    open_task(case, CHILD, due_on=case.act_by or case.due_on)


@transaction.atomic
def hear(case: Case, *, checked: str, by: User) -> None:
    """A person has looked at a child's request: what it understands and wants. The case goes on."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.MATCHING)
    if not awaits_hearing(case):
        raise Refusal("already-decided")
    if not checked.strip():
        raise Refusal("reason-needed")
    ChildHeard.objects.create(case=case, checked=checked.strip(), by=by)
    case.tasks.filter(kind=CHILD, done_at=None).update(done_at=timezone.now(), done_by=by)
    audit.record(case, "child.heard", by=by)
    block(case, "")
    kick(case)

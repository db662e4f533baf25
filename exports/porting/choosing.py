"""Whether another provider gets the data as well: said on the form, or to a caseworker, before there is an answer."""

from dataclasses import replace

from django.db import transaction

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, at_stage, lock
from cases.models import Case, User
from cases.models.case import Right, Stage
from cases.request.receivers import receivers_of
from cases.sealed.typed import read_file, write_file

BEFORE = (Stage.VERIFICATION, Stage.MATCHING, Stage.COLLECTION, Stage.HOLDS, Stage.DECISIONS)


def may_choose(case: Case) -> bool:
    """Whoever asks for another gets the data, or that one does; nobody sends them on."""
    return case.right == Right.PORTABILITY and not case.for_other and case.stage in BEFORE


@transaction.atomic
def choose(case: Case, receiver: str, *, by: User) -> None:
    """``receiver``: a key of the operator's, "" for none. Refusal no-such-receiver."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, *BEFORE)
    known = {"", *receivers_of(case.operator_id)} if may_choose(case) else set[str]()
    if receiver not in known:
        raise Refusal("no-such-receiver")
    write_file(case, replace(read_file(case), send_to=receiver))
    audit.record(case, "transfer.chosen", by=by, receiver=receiver)

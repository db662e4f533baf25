"""Commands about a case as a whole, at whatever stage: who works it, and what a person has to do."""

from datetime import date

from django.db import transaction

from cases.casework import audit
from cases.casework.members.named import is_seen_by
from cases.casework.permissions import Permission, allowed, require
from cases.casework.workflow import Refusal, lock
from cases.models import Case, Task, User


@transaction.atomic
def assign(case: Case, *, to: User | None, by: User) -> None:
    """Give the case to a caseworker of the same operator, or to nobody."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if to is not None and not allowed(to, case.operator, Permission.WORK_CASES):
        raise Refusal("not-a-caseworker")
    if to is not None and not is_seen_by(to, case):
        raise Refusal("not-named")
    case.assigned_to = to
    case.save(update_fields=["assigned_to"])
    audit.record(case, "case.assigned", by=by, to=to.get_username() if to else None)


def open_task(
    case: Case, kind: str, *, due_on: date, detail: str = "", by: audit.Actor = audit.SYSTEM
) -> bool:
    """Something a person has to do by a day: one open task of a kind and a detail. Whether it is new, as recorded."""
    _task, new = Task.objects.get_or_create(
        operator=case.operator, case=case, order=None, kind=kind, detail=detail, done_at=None,
        defaults={"due_on": due_on},
    )  # fmt: skip
    if new:
        audit.record(case, "task.opened", by=by, kind=kind)
    return new

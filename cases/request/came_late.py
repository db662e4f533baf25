"""A request that was received days before it came into the desk: whoever leads is told, for the clock ran meanwhile.

One task an operator until somebody has looked, so that a backlog of hundreds is one thing to look at.
"""

from cases.casework import audit, case_clock
from cases.casework.mail import queue_to_staff
from cases.casework.members.leading import leading
from cases.casework.operators import register_of
from cases.models import Case, Task, User
from cases.request.receipt_days import is_late

CAME_LATE = "came-late"


def tell(cases: list[Case], *, by: audit.Actor) -> None:
    """In the transaction in which they come in."""
    first, operator = cases[0], cases[0].operator
    today = case_clock.today(first)
    if not is_late(first.received_on, today, register_of(operator)):
        return
    for case in cases:
        audit.record(case, "case.came-late", by=by, days=(today - case.received_on).days)
    _task, new = Task.objects.get_or_create(
        operator=operator, case=None, order=None, kind=CAME_LATE, detail="", done_at=None,
        defaults={"due_on": today},
    )  # fmt: skip
    if new and isinstance(by, User):
        for lead in filter(lambda one: one.email, leading(first, but=by)):
            queue_to_staff(operator, "came_late", to=lead.email, case=first)

"""What a business operator does on its customer's behalf, the customer answers for: the request is passed on to it
(Articles 4(7), 28). Passing on is a task for a person, who knows whom to reach there."""

from cases.casework import case_clock
from cases.casework.operators import register_of_case
from cases.execution.deeds import FORWARD
from cases.models import Case, Task
from cases.models.case import Following, Right
from cases.registers.processing import Recipient

TASK = FORWARD
# Rights that may reach data in services which are run for the customer.
REACH = frozenset({Right.ACCESS, Right.PORTABILITY, Right.ERASURE, Right.RECTIFICATION, Right.RESTRICTION})


def customer_of(case: Case) -> Recipient | None:
    """The customer that answers for part of the request; None where the operator answers for everything."""
    register = register_of_case(case)
    if register.processor_for is None or case.right not in REACH:
        return None
    # Of a split request the first part is passed on, and with it the whole.
    if case.follows_as == Following.REST:
        return None
    return next((one for one in register.recipients.values() if one.kind == "customer"), None)


def is_passed_on(case: Case) -> bool:
    """Whether the customer is told: who has to be reached safely may fear just that, and asks the customer or not."""
    return customer_of(case) is not None and not case.submission.safe_contact


def hand_over(case: Case) -> None:
    """Open the task once, in the caller's transaction; never for whoever wants nobody else to learn of the request."""
    if not is_passed_on(case):
        return
    if not Task.objects.filter(case=case, kind=TASK).exists():
        due = case_clock.last_day(case)
        Task.objects.create(operator=case.operator, case=case, kind=TASK, due_on=due)

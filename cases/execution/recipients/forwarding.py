"""What a business operator does on its customer's behalf, the customer answers for: the request is passed on to it
(Articles 4(7), 28), if the person wants that. Passing on is a task for a person, who knows whom to reach there."""

from datetime import date

from django.db import transaction

from cases.casework import audit, case_clock
from cases.casework.course import turning
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.execution.deeds import FORWARD
from cases.models import Case, Task, Turn, User
from cases.models.case import Following, Outcome, Right, Stage
from cases.registers.processing import Recipient

TASK = FORWARD
# Rights that may reach data in services which are run for the customer.
REACH = frozenset({Right.ACCESS, Right.PORTABILITY, Right.ERASURE, Right.RECTIFICATION, Right.RESTRICTION})

# From the writing of the letter to its delivery.
MADE = frozenset({Stage.ANSWER, Stage.APPROVAL, Stage.EXECUTION, Stage.DELIVERY})
ANSWERED = frozenset({Outcome.GRANTED, Outcome.PARTLY, Outcome.REFUSED, Outcome.NOTHING_HELD})


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
    """Whether the customer is told: only whoever asks for that wants an employer to know that they asked."""
    return customer_of(case) is not None and not case.submission.safe_contact and is_asked_for(case)


def is_asked_for(case: Case) -> bool:
    """Whether the person wants it passed on, as a caseworker wrote down last."""
    said = case.turns.filter(kind__in=[Turn.Kind.PASS_ON, Turn.Kind.KEEP_HERE]).last()
    return said is not None and said.kind == Turn.Kind.PASS_ON


def keeps_from_saying(case: Case) -> Refusal | None:
    """The refusal that stands against writing down what the person wants; None before and after the answer is made."""
    if customer_of(case) is None:
        return Refusal("no-customer")
    if case.submission.safe_contact:
        return Refusal("customer-not-told")
    if case.tasks.filter(kind=TASK, done_at__isnull=False).exists():
        return Refusal("passed-on-already")
    # The letter says what becomes of it: once that is written, it is carried out as it says.
    if case.stage in MADE or (case.is_closed and case.outcome not in ANSWERED):
        return Refusal("wrong-stage", stage=case.get_stage_display())
    return None


@transaction.atomic
def say(case: Case, *, wanted: bool, reason: str, by: User, on: date | None = None) -> None:
    """Write down that the person wants the request passed on to the customer, or does not after all.

    After the answer, which says whom to ask, the task is opened or taken back at once. Refusals of
    `keeps_from_saying`, of `turning.note`, and said-already.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if (refusal := keeps_from_saying(case)) is not None:
        raise refusal
    if wanted == is_asked_for(case):
        raise Refusal("said-already")
    kind = Turn.Kind.PASS_ON if wanted else Turn.Kind.KEEP_HERE
    turning.note(case, kind, reason, on, by, first=case.received_on)
    audit.record(case, f"forward.{kind}", by=by)
    if case.is_closed and wanted:
        hand_over(case)
    elif case.is_closed:
        case.tasks.filter(kind=TASK, done_at=None).delete()


def hand_over(case: Case) -> None:
    """Open the task once, in the caller's transaction; never for whoever has not asked that anybody else is told."""
    if not is_passed_on(case):
        return
    if not Task.objects.filter(case=case, kind=TASK).exists():
        due = case_clock.last_day(case)
        Task.objects.create(operator=case.operator, case=case, kind=TASK, due_on=due)

"""Whom an open case waits for: the queue's views and the figures ask it alike."""

from django.db.models import Case as CaseOf
from django.db.models import CharField, Q, Value, When

from cases.casework.workflow import RETURNED, WAITS_FOR_PERSON
from cases.models.case import Stage
from cases.models.course.days import NOT_CLOSED

BY_HAND = Q(stage__in=[Stage.EXECUTION, Stage.DELIVERY], blocked_by="by-hand")
WAITING_FOR_PERSON = NOT_CLOSED & (Q(stage=Stage.VERIFICATION) | Q(paused=True))
WAITING_FOR_OWNER = Q(stage=Stage.COLLECTION, blocked_by="waiting-for-owner")
WAITING_FOR_SOURCE = Q(stage__in=[Stage.COLLECTION, Stage.EXECUTION])
WAITING_FOR_APPROVER = Q(stage=Stage.APPROVAL)
WAITING_FOR_DESK = Q(stage=Stage.DECISIONS) | Q(blocked_by__in=[*sorted(WAITS_FOR_PERSON), RETURNED])

# In this order: an open case waits for the first whose condition it meets, and for nobody where it goes on by itself.
WAITS: tuple[tuple[str, Q], ...] = (
    ("person", WAITING_FOR_PERSON),
    ("approver", WAITING_FOR_APPROVER),
    ("desk", WAITING_FOR_DESK),
    ("owner", WAITING_FOR_OWNER),
    ("source", WAITING_FOR_SOURCE),
)
NOBODY = "nobody"
WAITS_FOR = CaseOf(
    *(When(condition, then=Value(whom)) for whom, condition in WAITS),
    default=Value(NOBODY),
    output_field=CharField(),
)

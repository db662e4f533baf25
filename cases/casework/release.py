"""Releasing a desk that stands still after a restore: by a person who has seen what it will do then, and says why."""

from dataclasses import dataclass

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cases.casework import audit
from cases.casework.mail import TO_GO
from cases.casework.permissions import Permission, operators_for
from cases.casework.workflow import Refusal
from cases.models import Case, Operator, OutgoingMail, RecipientNotice, Standstill, TextMessage, User
from cases.models.case import Stage

log = structlog.get_logger()


@dataclass(frozen=True)
class Waiting:
    """What leaves the desk within minutes of its release. Some of it may have left before the loss."""

    mails: int
    texts: int
    recipients: int
    executions: int
    deliveries: int


def waiting(operators: QuerySet[Operator]) -> Waiting:
    """At these operators. What is erased on schedule is not counted: how many rows that are is not for everybody."""
    mails = OutgoingMail.objects.filter(TO_GO)
    texts = TextMessage.objects.filter(sent_at=None, given_up_at=None)
    notices = RecipientNotice.objects.filter(status=RecipientNotice.Status.WAITING)
    cases = Case.objects.filter(operator__in=operators)
    return Waiting(
        mails=mails.filter(submission__operator__in=operators).count(),
        texts=texts.filter(submission__operator__in=operators).count(),
        recipients=notices.exclude(channel=RecipientNotice.Channel.BY_HAND)
        .filter(case__operator__in=operators)
        .count(),
        executions=cases.filter(stage=Stage.EXECUTION).count(),
        deliveries=cases.filter(stage=Stage.DELIVERY).count(),
    )


def may_release(user: User) -> bool:
    """Whoever administers every operator of the desk: the release is one for all."""
    theirs = operators_for(user, Permission.ADMINISTER).values("pk")
    return user.is_active and not Operator.objects.filter(is_active=True).exclude(pk__in=theirs).exists()


@transaction.atomic
def release(*, reason: str, by: audit.Actor) -> None:
    """Open the doors again. Refusal reason-needed, not-held-back; PermissionDenied for whoever may not."""
    if isinstance(by, User) and not may_release(by):
        raise PermissionDenied
    if not reason.strip():
        raise Refusal("reason-needed")
    one = Standstill.objects.select_for_update().filter(released_at=None).first()
    if one is None:
        raise Refusal("not-held-back")
    one.released_at, one.reason = timezone.now(), reason.strip()
    one.released_by = by if isinstance(by, str) else by.get_username()
    one.save()
    for operator in Operator.objects.filter(is_active=True).order_by("pk"):
        audit.record(operator, "desk.released", by=by, sha256=one.dump)
    log.warning("desk.released")

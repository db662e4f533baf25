"""Anchors at fixed times: every full hour a checkpoint of each stream of each operator, whatever happened.

A clock that kept still while nothing happens would tell when something does, and a missing anchor would not be missed.
"""

from datetime import UTC, datetime, timedelta

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.mail import queue_to_staff
from cases.casework.permissions import Permission, members_with, roles_with
from cases.casework.record.checkpoint import NAME, Checkpoint, signed
from cases.casework.record.places import Place, place
from cases.models import Anchoring, AuditEntry, AuditHead, Operator, Task

log = structlog.get_logger()

EVERY = timedelta(hours=1)
MISSING = "anchor-missing"
AWAY = (OSError, BotoCoreError, ClientError)


def slot_of(moment: datetime) -> datetime:
    """The full hour a checkpoint taken now stands for, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def anchor() -> int:
    """Write what is missing of this hour. Returns how many checkpoints; safe to repeat, and to run twice at once."""
    at, slot = place(), slot_of(timezone.now())
    try:
        return sum(_anchor(at, operator, slot) for operator in Operator.objects.order_by("pk"))
    except AWAY as error:
        # `watch` tells people when the hour is over.
        log.error("anchor.failed", error=type(error).__name__)
        return 0


def _anchor(at: Place, operator: Operator, slot: datetime) -> int:
    written = 0
    # Both at one time, or what lies between them would tell.
    heads = {head.stream: head for head in AuditHead.objects.filter(operator=operator.pk)}
    for stream in audit.STREAMS:
        if at.has(NAME.format(operator=operator.pk, slot=slot, stream=stream)):
            continue
        head = heads.get(stream)
        stood = (head.number, head.sha256) if head else (0, audit.GENESIS)
        checkpoint = Checkpoint(operator.pk, stream, slot, timezone.now(), *stood)
        at.write(checkpoint.name, signed(checkpoint, settings.ANCHOR_KEY))
        written += 1
    Anchoring.objects.update_or_create(operator=operator, defaults={"slot": slot})
    return written


def watch() -> int:
    """Raise an alarm where the anchor of the last full hour is not where it should be. Returns for how many operators.

    It looks at the place and not at the database, which may have been put back to a time when all was well.
    """
    last = slot_of(timezone.now()) - EVERY
    return sum(
        _alarm(operator, last) for operator in Operator.objects.order_by("pk") if _missing(operator, last)
    )


def _missing(operator: Operator, slot: datetime) -> bool:
    first = AuditEntry.objects.filter(operator=operator.pk, stream="open").order_by("number").first()
    if first is None or first.at >= slot:
        return False  # too young to have one
    try:
        at = place()
        names = (NAME.format(operator=operator.pk, slot=slot, stream=stream) for stream in audit.STREAMS)
        return not all(map(at.has, names))
    except AWAY:
        return True


@transaction.atomic
def _alarm(operator: Operator, slot: datetime) -> int:
    """A line in the log, an entry in the record, a task, and a mail to administrators and auditors; once until done."""
    log.error("anchor.missing", operator=operator.pk, slot=slot.isoformat())
    _task, new = Task.objects.get_or_create(
        operator=operator, case=None, order=None, kind=MISSING, done_at=None,
        defaults={"detail": f"{slot:%Y-%m-%d %H:%M} UTC", "due_on": timezone.localdate()},
    )  # fmt: skip
    if new:
        audit.record(operator, "anchor.missing", by=audit.SYSTEM, slot=slot.isoformat())
        for address in _told(operator):
            queue_to_staff(operator, "anchor_missing", to=address, slot=slot)
    return 1


def _told(operator: Operator) -> list[str]:
    roles = [*roles_with(Permission.ADMINISTER), *roles_with(Permission.SEE_AUDIT)]
    theirs = members_with(operator, roles).exclude(email="").order_by("email")
    return list(theirs.values_list("email", flat=True))


def age() -> timedelta | None:
    """How long the longest unanchored operator has been without; None where none has been anchored yet."""
    oldest = Anchoring.objects.order_by("slot").first()
    return timezone.now() - oldest.slot if oldest else None

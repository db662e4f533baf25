"""The audit chain: one per operator and stream, every entry hashed over the one before it.

The cleared stream is apart from the open one, or its gaps would tell that something secret happened.
Entries hold ids, codes, counts and keyed hashes, never personal data.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from cases.models import AuditEntry, AuditHead, Case, Operator, User

GENESIS = "0" * 64
SYSTEM = "system"
DATA_SUBJECT = "data-subject"

Actor = User | str


def _digest(entry: AuditEntry) -> str:
    at: datetime = entry.at
    content = [
        entry.operator, entry.stream, entry.number, at.isoformat(), entry.actor, entry.action, entry.case,
        entry.data, entry.previous,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """The data as it will be read back from the database, so that its hash can be checked later."""
    plain: dict[str, Any] = json.loads(json.dumps(data, cls=DjangoJSONEncoder))
    return plain


def record(
    target: Case | Operator, action: str, *, by: Actor, stream: str = "open", **data: Any
) -> AuditEntry:
    """Append one entry in the caller's transaction; entries of one chain wait for each other until it commits.

    Whoever needs the locks of several cases takes them before the first entry, or two could wait for each other.
    """
    operator = target.pk if isinstance(target, Operator) else target.operator_id
    # No savepoint: an entry that cannot be written takes back what it would have told of.
    with transaction.atomic(savepoint=False):
        heads = AuditHead.objects.select_for_update().filter(operator=operator, stream=stream)
        # A chain's first entry: two who make its head meet in its unique key, and the second waits for the first.
        if (head := heads.first()) is None:
            AuditHead.objects.get_or_create(operator=operator, stream=stream, defaults={"sha256": GENESIS})
            head = heads.get()
        entry = AuditEntry(
            operator=operator,
            stream=stream,
            number=head.number + 1,
            at=timezone.now(),
            actor=by if isinstance(by, str) else by.get_username(),
            action=action,
            case=target.reference if isinstance(target, Case) else "",
            data=_plain(data),
            previous=head.sha256,
        )
        entry.sha256 = _digest(entry)
        entry.save(force_insert=True)
        head.number, head.sha256 = entry.number, entry.sha256
        head.save(update_fields=["number", "sha256"])
    return entry


def timeline(case: Case) -> list[AuditEntry]:
    """What happened in this case, oldest first, as everybody at the desk may see it."""
    return list(AuditEntry.objects.filter(operator=case.operator_id, stream="open", case=case.reference))


@dataclass(frozen=True)
class Break:
    """Where a chain is broken: the first entry that does not fit, and why in a few words."""

    operator: str
    stream: str
    number: int
    action: str
    reason: str


def first_broken() -> Break | None:
    """The first entry, over all chains, that was changed, put in, or is missing."""
    for head in AuditHead.objects.order_by("operator", "stream"):
        if found := _broken_in(head):
            return found
    # A chain whose head was deleted would not be met above.
    orphan = AuditEntry.objects.exclude(Exists(_heads_of(OuterRef("operator"), OuterRef("stream")))).first()
    return _break(orphan, "its chain has no head") if orphan else None


def _heads_of(operator: Any, stream: Any) -> QuerySet[AuditHead]:
    return AuditHead.objects.filter(operator=operator, stream=stream)


def _broken_in(head: AuditHead) -> Break | None:
    # What is written while this reads comes after the head that was read.
    chain = AuditEntry.objects.filter(operator=head.operator, stream=head.stream, number__lte=head.number)
    number, previous = 0, GENESIS
    for entry in chain.order_by("number").iterator(chunk_size=2000):
        number += 1
        if entry.number != number:
            return _break(entry, f"entry {number} is missing before it")
        if entry.previous != previous:
            return _break(entry, "it does not follow from the entry before it")
        if entry.sha256 != _digest(entry):
            return _break(entry, "its content was changed")
        previous = entry.sha256
    # Entries cut off at the end leave a chain that fits; the head alone tells that there were more.
    if (number, previous) != (head.number, head.sha256):
        return Break(head.operator, head.stream, number + 1, "", "the end of the chain is missing")
    return None


def _break(entry: AuditEntry, reason: str) -> Break:
    return Break(entry.operator, entry.stream, entry.number, entry.action, reason)

"""The audit chain: one per operator and stream, every entry hashed over the one before it.

The cleared stream is apart from the open one, or its gaps would tell that something secret happened.
Entries hold ids, codes, counts and keyed hashes, never personal data.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from cases.models import AuditEntry, Case, Operator, User

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
    """Append one entry in the caller's transaction; entries of one chain wait for each other until it commits."""
    operator = target.pk if isinstance(target, Operator) else target.operator_id
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"audit:{operator}:{stream}"]
            )
        last = AuditEntry.objects.filter(operator=operator, stream=stream).order_by("-number").first()
        entry = AuditEntry(
            operator=operator,
            stream=stream,
            number=last.number + 1 if last else 1,
            at=timezone.now(),
            actor=by if isinstance(by, str) else by.get_username(),
            action=action,
            case=target.reference if isinstance(target, Case) else "",
            data=_plain(data),
            previous=last.sha256 if last else GENESIS,
        )
        entry.sha256 = _digest(entry)
        entry.save(force_insert=True)
    return entry


def timeline(case: Case) -> list[AuditEntry]:
    """What happened in this case, oldest first, as everybody at the desk may see it."""
    return list(AuditEntry.objects.filter(operator=case.operator_id, stream="open", case=case.reference))


def _chain() -> Iterator[AuditEntry]:
    return AuditEntry.objects.order_by("operator", "stream", "number").iterator(chunk_size=2000)


def first_broken() -> tuple[AuditEntry, str] | None:
    """The first entry that was changed, or whose forerunner is missing, with the reason in a few words."""
    chain, number, previous = ("", ""), 0, GENESIS
    for entry in _chain():
        if (entry.operator, entry.stream) != chain:
            chain, number, previous = (entry.operator, entry.stream), 0, GENESIS
        number += 1
        if entry.number != number:
            return entry, f"entry {number} is missing before it"
        if entry.previous != previous:
            return entry, "it does not follow from the entry before it"
        if entry.sha256 != _digest(entry):
            return entry, "its content was changed"
        previous = entry.sha256
    return None

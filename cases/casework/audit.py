"""The audit chain: one per operator and stream, every entry hashed over the one before it.

The cleared stream is apart from the open one, or its gaps would tell that something secret happened. What its entries
say is sealed for cleared processes, by whoever writes one; the hashes are of what is sealed, so that all can check.
Entries hold ids, codes, counts and keyed hashes, never personal data.

A function of the database, which the desk's own role may call and not replace, gives each entry its number, time and
hash, and asks whether its actor is a member who is signed in (migration 0024, docs/adr/0091).
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator
from copy import copy
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery

from cases.models import AuditEntry, AuditHead, Case, Operator, User
from cases.sealed import orders_key

GENESIS = "0" * 64
STREAMS = ("open", "cleared")
SYSTEM = "system"
DATA_SUBJECT = "data-subject"
# The action of an entry that says the rest to cleared processes alone; and what is no secret in their stream either.
SEALED = "sealed"
NO_SECRET = frozenset({"desk.restored"})

Actor = User | str


def record(
    target: Case | Operator, action: str, *, by: Actor, stream: str = "open", **data: Any
) -> AuditEntry:
    """Append one entry in the caller's transaction; entries of one chain wait for each other until it commits.

    Whoever needs the locks of several cases takes them before the first entry, or two could wait for each other.
    django.db.ProgrammingError where a user is named who is no member of the operator or not signed in.
    """
    case = target.reference if isinstance(target, Case) else ""
    if stream == "cleared" and action not in NO_SECRET:
        action, case, data = SEALED, "", sealed(action, case, data)
    values = [
        target.pk if isinstance(target, Operator) else target.operator_id,
        stream,
        by if isinstance(by, str) else by.get_username(),
        action,
        case,
        json.dumps(data, cls=DjangoJSONEncoder),
    ]
    # No savepoint: an entry that cannot be written takes back what it would have told of.
    with transaction.atomic(savepoint=False):
        written = AuditEntry.objects.raw("SELECT * FROM cases_audit_record(%s, %s, %s, %s, %s, %s)", values)
        return next(iter(written))


def sealed(action: str, case: str, data: dict[str, Any]) -> dict[str, Any]:
    """What an entry says, for its data."""
    said = json.dumps({"action": action, "case": case, "data": data}, cls=DjangoJSONEncoder)
    return {"sealed": b64encode(orders_key.seal(said.encode())).decode()}


def opened(entry: AuditEntry) -> AuditEntry:
    """The entry as it says what happened. Raises NotCleared; Foreign for one that another key sealed."""
    if entry.action != SEALED:
        return entry
    found = copy(entry)
    for name, value in json.loads(orders_key.unseal(b64decode(entry.data["sealed"]))).items():
        setattr(found, name, value)
    return found


def unread() -> Iterator[AuditEntry]:
    """The entries that this process cannot open."""
    for entry in AuditEntry.objects.filter(action=SEALED).order_by("pk").iterator():
        try:
            opened(entry)
        except (orders_key.NotCleared, orders_key.Foreign):
            yield entry


def timeline(case: Case) -> list[AuditEntry]:
    """What happened in this case, oldest first, as everybody at the desk may see it."""
    return list(AuditEntry.objects.filter(operator=case.operator_id, stream="open", case=case.reference))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def content_sha256(entry: AuditEntry) -> str:
    """Of what an entry says, as the database hashes it: a list in JSON, keys sorted, text as it is."""
    content = [
        entry.operator, entry.stream, entry.number, entry.at.isoformat(), entry.actor, entry.action, entry.case,
        entry.data,
    ]  # fmt: skip
    return _hashed(json.dumps(content, sort_keys=True, ensure_ascii=False))


def linked(previous: str, content: str) -> str:
    """The hash of an entry: of the entry before it, and of its own content."""
    return _hashed(previous + content)


def _fits(entry: AuditEntry) -> bool:
    """Whether an entry's hashes are those of what it says."""
    if entry.data.get("later"):
        # Sealed by an upgrade: its hashes are of what it said before.
        if not orders_key.is_at_hand():
            return not entry.content_sha256 or entry.sha256 == linked(entry.previous, entry.content_sha256)
        try:
            entry = opened(entry)
        except orders_key.Foreign:
            return False
    if entry.content_sha256:
        content = content_sha256(entry)
        return (entry.content_sha256, entry.sha256) == (content, linked(entry.previous, content))
    # From before the content was hashed by itself.
    whole = [
        entry.operator, entry.stream, entry.number, entry.at.isoformat(), entry.actor, entry.action, entry.case,
        entry.data, entry.previous,
    ]  # fmt: skip
    return entry.sha256 == _hashed(json.dumps(whole, sort_keys=True, ensure_ascii=False))


@dataclass(frozen=True)
class Break:
    """Where a chain is broken: the entry that does not fit, and why in a few words."""

    operator: str
    stream: str
    number: int
    action: str
    reason: str

    def __str__(self) -> str:
        return f"{self.operator}/{self.stream} entry {self.number} ({self.action}): {self.reason}"


def first_broken() -> Break | None:
    """The first entry, over all chains, that was changed, put in, or is missing."""
    return next(breaks(), None)


def breaks(
    *, operators: Collection[str] | None = None, streams: Collection[str] = STREAMS
) -> Iterator[Break]:
    """Every place where a chain does not fit: entries changed, put in, missing, or dated before the one before them.

    ``operators``: whose chains are read; everybody's where it is not given. Of no other is anything asked for: how
    long reading takes would tell how much there is.
    """
    chains = Q(stream__in=streams) & (Q() if operators is None else Q(operator__in=operators))
    for head in AuditHead.objects.filter(chains).order_by("operator", "stream"):
        yield from _breaks_in(head)
        yield from _beyond(head)
    heads = set(AuditHead.objects.filter(chains).values_list("operator", "stream"))
    known = Operator.objects.order_by("pk").values_list("pk", flat=True)
    for operator, stream in product(known if operators is None else sorted(operators), streams):
        if (operator, stream) not in heads:
            yield Break(operator, stream, 0, "", "the whole stream is missing")
    yield from _headless(chains)


def _headless(chains: Q) -> Iterator[Break]:
    # A chain whose head was deleted would not be met above.
    heads = AuditHead.objects.filter(operator=OuterRef("operator"), stream=OuterRef("stream"))
    orphans = (
        AuditEntry.objects.filter(chains).exclude(Exists(heads)).order_by("operator", "stream", "number")
    )
    for orphan in orphans.distinct("operator", "stream"):
        yield _break(orphan, "its chain has no head")


def _breaks_in(head: AuditHead) -> Iterator[Break]:
    # What is written while this reads comes after the head that was read.
    chain = AuditEntry.objects.filter(operator=head.operator, stream=head.stream, number__lte=head.number)
    number, previous, at = 0, GENESIS, None
    for entry in chain.order_by("number").iterator(chunk_size=2000):
        if entry.number != number + 1:
            yield _break(entry, f"entry {number + 1} is missing before it")
        elif entry.previous != previous:
            yield _break(entry, "it does not follow from the entry before it")
        if not _fits(entry):
            yield _break(entry, "its content was changed")
        if at is not None and entry.at < at:
            yield _break(entry, "its time lies before that of the entry before it")
        number, previous, at = entry.number, entry.sha256, entry.at
    # Entries cut off at the end leave a chain that fits; the head alone tells that there were more.
    if (number, previous) != (head.number, head.sha256):
        yield Break(head.operator, head.stream, number + 1, "", "the end of the chain is missing")


def _beyond(head: AuditHead) -> Iterator[Break]:
    """Entries after the head as it is now: head and entry are read in one statement, since one is never without the
    other."""
    now = AuditHead.objects.filter(pk=head.pk).values("number")
    after = AuditEntry.objects.filter(operator=head.operator, stream=head.stream)
    for entry in after.alias(last=Subquery(now)).filter(number__gt=F("last")).order_by("number"):
        yield _break(entry, "it lies beyond the head of its chain")


def _break(entry: AuditEntry, reason: str) -> Break:
    return Break(entry.operator, entry.stream, entry.number, entry.action, reason)

"""The record of a case in a zip: record.json, which can be checked by itself, and record.pdf, which people read.

Each entry of the case is tied to a signed checkpoint by the hashes of the entries between them. Those are of other
cases, so that only the hashes of their contents are in it.
"""

import io
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.record.anchoring import AWAY, EVERY, slot_of
from cases.casework.record.checkpoint import NAME, Checkpoint, Unfit, opened, public_key
from cases.casework.record.places import Place, place
from cases.models import AuditEntry, Case, User
from cases.registers.texts import Language
from exports import pdf
from exports.record.printed import printed
from exports.record.verify import PRINTED, RECORD

FORMAT = 1
# An anchor that is missing is looked for in the hours after it, for so long.
PATIENCE = timedelta(days=3)

Anchor = tuple[Checkpoint, bytes]


@transaction.atomic
def take_out(case: Case, *, language: Language, by: User) -> bytes:
    """The zip. That it was taken out is the next entry, and not in it."""
    require(by, case.operator, Permission.SEE_AUDIT)
    entries = audit.timeline(case)
    anchors = list(_anchors(case, entries))
    letter = pdf.pdf(printed(case, entries, [one for one, _content in anchors], language)).content
    record = _record(case, entries, anchors, letter)
    audit.record(case, "record.taken", by=by, entries=len(entries))
    file, taken = io.BytesIO(), timezone.localtime().timetuple()[:6]
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in ((RECORD, orjson.dumps(record, option=orjson.OPT_INDENT_2)), (PRINTED, letter)):
            archive.writestr(ZipInfo(name, taken), content, ZIP_DEFLATED)
    return file.getvalue()


def _record(case: Case, entries: list[AuditEntry], anchors: list[Anchor], letter: bytes) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "operator": case.operator_id,
        "case": case.reference,
        "taken": timezone.now().isoformat(),
        "key": public_key(settings.ANCHOR_KEY),
        "pdf_sha256": sha256(letter).hexdigest(),
        "entries": [_entry(one) for one in entries],
        "links": dict(_links(case, entries, [one for one, _content in anchors])),
        "anchors": [b64encode(content).decode() for _one, content in anchors],
    }


def _entry(entry: AuditEntry) -> dict[str, Any]:
    names = ("number", "actor", "action", "data", "previous", "content_sha256", "sha256")
    return {"at": entry.at.isoformat()} | {name: getattr(entry, name) for name in names}


def _anchors(case: Case, entries: list[AuditEntry]) -> Iterator[Anchor]:
    """For each entry the first checkpoint that includes it, each once."""
    number, at, key = 0, place(), public_key(settings.ANCHOR_KEY)

    @cache
    def read(slot: datetime) -> Anchor | None:
        return _read(at, case.operator_id, slot, key)

    for entry in entries:
        if entry.number > number and (found := _after(entry, read)):
            number = found[0].number
            yield found


def _after(entry: AuditEntry, read: Callable[[datetime], Anchor | None]) -> Anchor | None:
    slot, last = slot_of(entry.at), min(timezone.now(), entry.at + PATIENCE)
    while slot <= last:
        if (found := read(slot)) and found[0].number >= entry.number:
            return found
        slot += EVERY
    return None


def _read(at: Place, operator: str, slot: datetime, key: str) -> Anchor | None:
    try:
        content = at.read(NAME.format(operator=operator, slot=slot, stream="open"))
        return (opened(content, key), content) if content else None
    except (Unfit, *AWAY):
        return None


def _links(case: Case, entries: list[AuditEntry], anchors: list[Checkpoint]) -> Iterator[tuple[str, str]]:
    """Number and content's hash of the entries between an entry of the case and the checkpoint it is tied to."""
    own = {entry.number for entry in entries}
    between, start = Q(pk__in=()), 0
    for anchor in anchors:
        first = min((number for number in own if start < number <= anchor.number), default=None)
        if first is not None:
            between |= Q(number__gt=first, number__lte=anchor.number)
        start = anchor.number
    chain = AuditEntry.objects.filter(operator=case.operator_id, stream="open").filter(between)
    for number, content in chain.order_by("number").values_list("number", "content_sha256").iterator():
        if number not in own:
            yield str(number), content

"""The annex kept: a sealed part of its own beside the answer, which is the same with and without it.

One cleared officer has it sealed; another reads that very file and approves its hash. All of it is in the cleared
stream of the record.
"""

from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256

import pyrage
from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.models import AuditEntry, Case, User
from cases.models.keys import KeyUse
from cases.sealed import orders_key, vault
from exports import pdf
from exports.models import Annex
from exports.notices.annex import annex

STREAM, READ = "cleared", "cleared.annex-read"


@transaction.atomic
def seal(case: Case, *, language: str, by: User) -> Annex:
    """Keep the annex as it is now, under the key of secret orders.

    PermissionDenied without clearance, Refusal wrong-stage before there is any, vault.KeyDestroyed once what was
    gathered is gone.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.SEE_SECRET)
    content = pdf.pdf(annex(case, language=language, by=by)).content
    latest = case.annexes.first()
    number = latest.number + 1 if latest else 1
    # It ends with what was gathered (exports.retention), and is not written any more after that.
    vault.recipient(case, KeyUse.COLLECTED)
    name = f"orders/{orders_key.mark('annex', str(case.pk), str(number))}"
    with vault.sealed_to(orders_key.recipient(), name) as file:
        file.write(content)
    kept = Annex.objects.create(
        case=case, number=number, name=name, sha256=sha256(content).hexdigest(), prepared_by=by
    )
    audit.record(case, "cleared.annex-sealed", by=by, stream=STREAM, number=number, sha256=kept.sha256)
    return kept


@transaction.atomic
def read(kept: Annex, *, by: User) -> bytes:
    """The sealed file. Refusal annex-changed where it is another; FileNotFoundError once its time is over."""
    require(by, kept.case.operator, Permission.SEE_SECRET)
    try:
        content = b"".join(vault.unsealed_by(orders_key.identity(), kept.name))
    except pyrage.DecryptError:
        raise Refusal("annex-changed") from None
    if sha256(content).hexdigest() != kept.sha256:
        raise Refusal("annex-changed")
    audit.record(kept.case, READ, by=by, stream=STREAM, number=kept.number)
    return content


@transaction.atomic
def approve(kept: Annex, *, by: User, sha256: str) -> None:
    """A second cleared officer approves what they have read. Refusal same-annex, annex-changed, annex-unread."""
    case = lock(kept.case_id)
    require(by, case.operator, Permission.APPROVE_CLEARED)
    kept = Annex.objects.select_for_update().get(pk=kept.pk)
    if kept.prepared_by_id == by.pk:
        raise Refusal("same-annex")
    if sha256 != kept.sha256 or kept.approved_by_id is not None:
        raise Refusal("annex-changed")
    if not _has_read(kept, case, by):
        raise Refusal("annex-unread")
    kept.approved_by, kept.approved_at, kept.approved_sha256 = by, timezone.now(), kept.sha256
    kept.save()
    audit.record(case, "cleared.annex-approved", by=by, stream=STREAM, number=kept.number, sha256=kept.sha256)


def _has_read(kept: Annex, case: Case, by: User) -> bool:
    said = (case.reference, READ, kept.number)
    return any(
        (entry.case, entry.action, entry.data.get("number")) == said for entry in _cleared_deeds(case, by)
    )


def _cleared_deeds(case: Case, by: User) -> Iterator[AuditEntry]:
    """What they did in secret at this operator, the newest first; what another key sealed tells nothing."""
    deeds = AuditEntry.objects.filter(operator=case.operator_id, stream=STREAM, actor=by.get_username())
    for entry in deeds.order_by("-number").iterator():
        with suppress(orders_key.Foreign):
            yield audit.opened(entry)

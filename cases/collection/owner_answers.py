"""What a system's owner hands over, or a caseworker in the owner's place: rows, sealed files, or nothing at all."""

from itertools import islice
from secrets import token_hex
from typing import Any, NoReturn

import filetype
import orjson
from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, advance, at_stage, lock
from cases.collection import owners, scanned_files
from cases.collection.gathering import settle, store
from cases.collection.owners import SILENT
from cases.identity.known import identifiers_of, may_find
from cases.models import Case, HandedFile, OwnerRequest, Run, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.rows import chunks
from cases.sealed import leftovers, vault
from cases.sealed.uploads import Upload
from cases.sources.configured import collection_of, source_of
from connectors.contract import base
from connectors.rows.handed import Unreadable, refuse_foreign, rows_of

OWNER = "source-owner"
MOST_BYTES = 500_000_000
PAGE_ROWS = 10_000
MOST_FILES = 50
ROWS = "text/plain"
OFFICE = tuple(
    f"application/vnd.{family}" for family in ("openxmlformats", "oasis", "ms-excel", "ms-powerpoint")
)
DOCUMENTS = frozenset({"application/pdf", "application/rtf", "application/msword"})
MEDIA = ("audio/", "image/", "video/", *OFFICE)


def sought(run: Run) -> list[base.Identifier]:
    """The identifiers that the owner is to look for."""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    tied = {
        (one.kind, one.digest, one.valid_from, one.valid_to)
        for one in run.case.identifiers.all()
        if (may_find(collection, one) if collection.find else one.is_tied)
    }
    return [
        one
        for one in identifiers_of(run.case)
        if (one.kind, vault.digest(run.case.operator_id, one.kind, one.value), one.valid_from, one.valid_to)
        in tied
    ]


def refuse_unasked(run: Run) -> None:
    """Refusal where nothing can be handed over: for pages, before they read a file. Asked again under the lock."""
    if run.status != Run.Status.ASKED:
        raise Refusal("owner-answered")
    at_stage(run.case, Stage.COLLECTION)


def room_for(run: Run) -> int:
    """How many bytes may come with one request: none once there are as many files as may be."""
    return MOST_BYTES if run.handed.count() < MOST_FILES else 0


def refuse_room(run: Run) -> NoReturn:
    """Refusal for what was not kept as there was no room for it."""
    if not room_for(run):
        raise Refusal("upload-many", count=MOST_FILES)
    raise Refusal("upload-size", megabytes=MOST_BYTES // 1_000_000)


def _open(run: Run, by: audit.Actor) -> tuple[Case, Run]:
    """The case and its run, locked in this order. Refusal where the question has been answered or is no more."""
    case = lock(run.case_id)
    if isinstance(by, User):
        require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.COLLECTION)
    found = Run.objects.select_for_update().filter(pk=run.pk, status=Run.Status.ASKED).first()
    if found is None:
        raise Refusal("owner-answered")
    found.case = case
    return case, found


def _note(case: Case, run: Run, action: str, by: audit.Actor, **data: Any) -> None:
    audit.record(case, action, by=by, source=run.source, collection=run.collection, **data)


@transaction.atomic
def reveal(run: Run, *, by: audit.Actor, letter: int = 0) -> list[base.Identifier]:
    """What to look for, written into the record. A mail's link shows it once; ``letter`` says which mail's it is."""
    case, run = _open(run, by)
    request = OwnerRequest.objects.select_for_update().get(run=run)
    if letter:
        if letter <= request.opened:
            raise Refusal("owner-opened")
        request.opened = letter
        request.save(update_fields=["opened"])
    _note(case, run, "owner.opened", by)
    return sought(run)


def take(run: Run, content: Upload | bytes, *, by: audit.Actor) -> HandedFile:
    """One file: CSV and JSON become rows, what else is allowed is sealed beside them. Refusal says what is wrong."""
    upload = Upload(content) if isinstance(content, bytes) else content
    try:
        if upload.size > MOST_BYTES:
            refuse_room(run)
        # It knows no text by its bytes: what it can't tell is tried as rows.
        kind = filetype.guess(next(upload.blocks(), b""))
        if kind is not None and not (kind.mime in DOCUMENTS or kind.mime.startswith(MEDIA)):
            raise Refusal("upload-type")
        scan = scanned_files.scan(upload)
        return _keep(run, upload, kind.mime if kind else ROWS, kind.extension if kind else "", scan, by)
    except Unreadable as trouble:
        raise Refusal(trouble.code, row=trouble.row) from None
    finally:
        upload.close()


@transaction.atomic
def _keep(
    run: Run, upload: Upload, media_type: str, extension: str, scan: HandedFile.Scan, by: audit.Actor
) -> HandedFile:
    case, run = _open(run, by)
    # Keyed: by the bare hash, whoever has a file at hand could find out that it was handed over.
    digest = vault.digest(case.operator_id, "handed", upload.digest)
    if run.handed.filter(digest=digest).exists():
        raise Refusal("upload-again")
    number, before = run.handed.count() + 1, run.rows
    if number > MOST_FILES:
        raise Refusal("upload-many", count=MOST_FILES)
    handed = HandedFile(
        run=run, number=number, type=media_type, bytes=upload.size, digest=digest, rows=0, scan=scan
    )
    if media_type == ROWS:
        _store_rows(run, upload)
    else:
        store(run, [_seal(handed, upload, extension)])
    # Only what everybody may see: whoever made the file would learn from more that rows of it are hidden.
    handed.rows = run.rows - before
    handed.save()
    run.started_at, run.touched_at = run.started_at or timezone.now(), timezone.now()
    run.save()
    _note(case, run, "owner.gave", by, rows=handed.rows, bytes=upload.size, type=media_type, scan=scan)
    return handed


def _store_rows(run: Run, upload: Upload) -> None:
    """The rows of a file, checked and sealed a page at a time. Raises Unreadable."""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    zone, mine = source_of(run.case.operator_id, run.source).zone, identifiers_of(run.case, collection)
    lines, taken = rows_of(upload.blocks()), 0
    while page := list(islice(lines, PAGE_ROWS)):
        refuse_foreign(collection, page, mine, zone, taken + 1)
        store(run, page)
        taken += len(page)


def _seal(handed: HandedFile, upload: Upload, extension: str) -> bytes:
    """The file in the vault, and the row that speaks of it: what becomes of the row becomes of the file."""
    run = handed.run
    handed.name = f"cases/{run.case_id}/collected/{run.pk}-file-{handed.number:03}-{token_hex(4)}"
    handed.file = f"attachments/{run.category}-{run.source}-{run.collection}-{handed.number}.{extension}"
    with vault.sealed_file(run.case, KeyUse.COLLECTED, handed.name) as file:
        for block in upload.blocks():
            file.write(block)
    told = {"file": handed.file, "type": handed.type, "bytes": handed.bytes, "sha256": upload.digest}
    return orjson.dumps(told)


@transaction.atomic
def start_over(run: Run, *, by: audit.Actor) -> None:
    """Take everything back that was handed over for this run."""
    case, run = _open(run, by)
    chunks.forget(run)
    leftovers.note(*run.handed.values_list("name", flat=True))
    run.handed.all().delete()
    run.rows = run.bytes = 0
    run.save()
    _note(case, run, "owner.took-back", by)


@transaction.atomic
def finish(run: Run, *, nothing: bool = False, by: audit.Actor) -> None:
    """That was everything, or there is nothing: the case goes on as it does after any other source."""
    case, run = _open(run, by)
    if nothing and run.handed.exists():
        raise Refusal("owner-gave-something")
    if not nothing and not run.handed.exists():
        raise Refusal("owner-gave-nothing")
    run.status, run.finished_at = Run.Status.DONE, timezone.now()
    run.started_at, run.touched_at = run.started_at or run.finished_at, run.finished_at
    run.save()
    case.tasks.filter(kind=SILENT, detail=str(run), done_at=None).delete()
    _note(case, run, "owner.answered", by, rows=run.rows)
    try:
        settle(case)
    except base.SourceGarbage:
        # More identifiers than one person has: nothing of this is taken.
        raise Refusal("upload-identifiers") from None


@transaction.atomic
def reopen(run: Run, *, by: User) -> None:
    """What was handed over needs correcting: the owner is asked once more, and may add to it or take it back.

    The case goes back to gathering and is judged again from there.
    """
    case = lock(run.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    # No later: the letter and the approval stand on these rows.
    at_stage(case, Stage.COLLECTION, Stage.HOLDS, Stage.DECISIONS)
    found = Run.objects.select_for_update().filter(pk=run.pk, status=Run.Status.DONE).first()
    request = OwnerRequest.objects.select_for_update(of=("self",)).filter(run=run).first()
    if found is None or request is None:
        raise Refusal("owner-not-answered")
    found.case, found.status, found.finished_at = case, Run.Status.ASKED, None
    found.save()
    request.run = found
    owners.write_letter(request)
    _note(case, found, "owner.asked-again", by)
    if case.stage == Stage.COLLECTION:
        settle(case)
    else:
        advance(case, Stage.MATCHING, by=by)

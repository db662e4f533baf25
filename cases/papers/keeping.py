"""Papers at rest. Whoever takes one in has checked already that this person may give it, for this case.

`keep` takes in, `opened` hands out to staff, `delete` ends one, `held` and `told` look. Every one of them but the last
two writes into the case's record. Between `keep` and `delete` the bytes are on no disk of ours but sealed.
"""

from collections.abc import Iterator
from secrets import token_hex

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.models import Case, Paper, Submission, User
from cases.models.keys import KeyUse
from cases.papers import scanning
from cases.papers.kinds import ENDINGS, MOST_BYTES, MOST_PAPERS, kind_of
from cases.sealed import leftovers, vault
from cases.sealed.uploads import Upload

log = structlog.get_logger()
# How long a paper is kept at most once the whole request is answered (`exports.retention.purge_papers`); what was
# checked on it is written down by whoever checked, and stays.
DAYS_KEPT = 30


def told(submission: Submission, about: str) -> QuerySet[Paper]:
    """Every paper of a request about this, also those that are deleted, for a page to say so."""
    return Paper.objects.filter(case__submission=submission, about=about).select_related("case", "by")


def held(submission: Submission, about: str) -> QuerySet[Paper]:
    """Those that are still there."""
    return told(submission, about).filter(deleted_at=None)


def keep(case: Case, upload: Upload, *, about: str, by: audit.Actor) -> Paper:
    """Seal an upload under the case's file key, and close it. ``about``: a `Paper.About`.

    ``by``: a member of staff, who needs WORK_CASES, or `audit.DATA_SUBJECT`. Refusal paper-empty, paper-size,
    paper-type, paper-again, paper-many, paper-infected, closed.
    """
    try:
        kind, scan = _checked(upload)
    except Refusal:
        upload.close()
        raise
    try:
        return _sealed(case, upload, kind, scan, about, by)
    finally:
        upload.close()


def _checked(upload: Upload) -> tuple[str, Paper.Scan]:
    """The media type, and what a scanner says. Refusal for what is not taken."""
    if not upload.size:
        raise Refusal("paper-empty")
    if upload.size > MOST_BYTES:
        raise Refusal("paper-size", megabytes=MOST_BYTES // 1_000_000)
    kind = kind_of(next(upload.blocks(), b""))
    if kind is None:
        raise Refusal("paper-type")
    scan = scanned(upload.blocks())
    if scan is None:
        raise Refusal("paper-infected")
    return kind, scan


def scanned(blocks: Iterator[bytes]) -> Paper.Scan | None:
    """What can be said of a file; None where something harmful is in it."""
    if not scanning.is_configured():
        return Paper.Scan.NOT_SCANNED
    try:
        found = scanning.finds(blocks)
    except scanning.ScannerAway as trouble:
        log.warning("scanner.away", why=str(trouble))
        return Paper.Scan.NOT_SCANNED
    if found:
        log.warning("scanner.found", what=found)
    return None if found else Paper.Scan.CLEAN


@transaction.atomic
def _sealed(case: Case, upload: Upload, kind: str, scan: Paper.Scan, about: str, by: audit.Actor) -> Paper:
    case = lock(case.pk)
    if isinstance(by, User):
        require(by, case.operator, Permission.WORK_CASES)
    if case.is_closed:
        raise Refusal("closed")
    # Keyed: by the bare hash, whoever has a paper at hand could find out that it was shown.
    digest = vault.digest(case.operator_id, "paper", upload.digest)
    there = held(case.submission, about)
    if there.filter(digest=digest).exists():
        raise Refusal("paper-again")
    if there.count() >= MOST_PAPERS:
        raise Refusal("paper-many", count=MOST_PAPERS)
    name = f"cases/{case.pk}/papers/{token_hex(8)}"
    with vault.sealed_file(case, KeyUse.FILE, name) as file:
        for block in upload.blocks():
            file.write(block)
    paper = Paper.objects.create(
        case=case, about=about, name=name, type=kind, bytes=upload.size, digest=digest, scan=scan,
        by=by if isinstance(by, User) else None,
    )  # fmt: skip
    audit.record(case, "paper.taken", by=by, paper=paper.pk, about=about, scan=scan)
    return paper


def may_be_opened(paper: Paper) -> bool:
    """Whether it is there, and a scanner has seen it, or nobody has to wait for one."""
    seen = paper.scan == Paper.Scan.CLEAN or settings.OPEN_UNSCANNED
    return paper.deleted_at is None and seen


def opened(paper: Paper, *, by: User) -> Iterator[bytes]:
    """Its bytes, for a member of staff with WORK_CASES; each time is recorded.

    Refusal paper-deleted, paper-not-scanned; vault.KeyDestroyed or FileNotFoundError at once.
    """
    require(by, paper.case.operator, Permission.WORK_CASES)
    if paper.deleted_at is not None:
        raise Refusal("paper-deleted")
    if not may_be_opened(paper):
        raise Refusal("paper-not-scanned")
    blocks = vault.unsealed_stream(paper.case, KeyUse.FILE, paper.name)
    audit.record(paper.case, "paper.read", by=by, paper=paper.pk, about=paper.about)
    return blocks


def file_name(paper: Paper) -> str:
    """What it is called where it is saved: nothing of the person is in it."""
    return f"{paper.case.reference}-{paper.about}-{paper.pk}.{ENDINGS[paper.type]}"


@transaction.atomic
def delete(paper: Paper, *, why: str, by: audit.Actor) -> None:
    """End a paper: its file goes when this commits, its row says that there was one. Safe to repeat.

    ``why``: `checked`, `over` (its time is), `infected` or `taken-back`, for the record.
    """
    paper = Paper.objects.select_for_update(of=("self",)).select_related("case").get(pk=paper.pk)
    if paper.deleted_at is not None:
        return
    name, paper.name, paper.digest, paper.deleted_at = paper.name, "", "", timezone.now()
    paper.save(update_fields=["name", "digest", "deleted_at"])
    audit.record(paper.case, "paper.deleted", by=by, paper=paper.pk, about=paper.about, why=why)
    # Not before the commit: what is rolled back must find its file.
    leftovers.note(name)


def scan_waiting() -> None:
    """Have those scanned that came while the scanner was away. Safe to repeat."""
    if not scanning.is_configured():
        return
    for paper in Paper.objects.filter(deleted_at=None, scan=Paper.Scan.NOT_SCANNED).select_related("case")[
        :50
    ]:
        _scan_again(paper)


def _scan_again(paper: Paper) -> None:
    try:
        found = scanned(vault.unsealed_stream(paper.case, KeyUse.FILE, paper.name))
    except (vault.KeyDestroyed, FileNotFoundError):
        return  # deleted meanwhile
    if found is None:
        delete(paper, why="infected", by=audit.SYSTEM)
    elif found == Paper.Scan.CLEAN:
        Paper.objects.filter(pk=paper.pk).update(scan=found)

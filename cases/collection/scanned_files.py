"""Files that owners handed over, as a virus scanner sees them. Those that became rows are files no more."""

from django.conf import settings
from django.db.models import QuerySet

from cases.casework.workflow import Refusal
from cases.models import Case, HandedFile
from cases.models.keys import KeyUse
from cases.papers import keeping, scanning
from cases.sealed import vault
from cases.sealed.uploads import Upload

Scan = HandedFile.Scan
# What is larger would keep its owner waiting; a worker has it scanned.
AT_ONCE = 50_000_000


def scan(upload: Upload) -> HandedFile.Scan:
    """What a scanner says of a file before it is taken in. Refusal upload-infected."""
    if upload.size > AT_ONCE:
        return Scan.NOT_SCANNED
    seen = keeping.scanned(upload.blocks())
    if seen is None:
        raise Refusal("upload-infected")
    return Scan(seen)


def refuse_unscanned(case: Case) -> None:
    """Refusal file-infected or file-not-scanned for a case with a file that may not go out."""
    if files := _of(case).filter(scan=Scan.INFECTED).values_list("file", flat=True):
        raise Refusal("file-infected", file=files[0])
    if not settings.OPEN_UNSCANNED and _of(case).filter(scan=Scan.NOT_SCANNED).exists():
        raise Refusal("file-not-scanned")


def _of(case: Case) -> QuerySet[HandedFile]:
    return HandedFile.objects.exclude(name="").filter(run__case=case)


def scan_waiting() -> None:
    """Have those scanned that no scanner has seen. Safe to repeat."""
    if not scanning.is_configured():
        return
    waiting = HandedFile.objects.exclude(name="").filter(scan=Scan.NOT_SCANNED)
    for handed in waiting.select_related("run__case")[:10]:
        _scan_again(handed)


def _scan_again(handed: HandedFile) -> None:
    try:
        seen = keeping.scanned(vault.unsealed_stream(handed.run.case, KeyUse.COLLECTED, handed.name))
    except (vault.KeyDestroyed, FileNotFoundError):
        return  # taken back meanwhile
    HandedFile.objects.filter(pk=handed.pk).update(scan=Scan.INFECTED if seen is None else Scan(seen))

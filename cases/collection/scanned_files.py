"""Files that owners handed over, as a virus scanner sees them. Those that became rows are files no more."""

from collections.abc import Collection

from django.conf import settings

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


def scan_at_once(upload: Upload) -> None:
    """For a file that nobody scans again later. Refusal upload-infected, upload-not-scanned."""
    if scan(upload) == Scan.NOT_SCANNED and not settings.OPEN_UNSCANNED:
        raise Refusal("upload-not-scanned")


def refuse_to_open(handed: HandedFile) -> None:
    """Refusal file-infected or file-not-scanned for a file that nobody may have."""
    if handed.scan == Scan.INFECTED:
        raise Refusal("file-infected", file=handed.file)
    if handed.scan == Scan.NOT_SCANNED and not settings.OPEN_UNSCANNED:
        raise Refusal("file-not-scanned")


def refuse_unscanned(case: Case, *, apart_from: Collection[int] = ()) -> None:
    """Refusal file-infected or file-not-scanned for a case with a file that may not go out.

    ``apart_from``: files that stay here, as something else is given in their place.
    """
    files = HandedFile.objects.exclude(name="").exclude(scan=Scan.CLEAN).filter(run__case=case)
    # What is infected is told first.
    for handed in files.exclude(pk__in=apart_from).order_by("scan", "pk"):
        refuse_to_open(handed)


def scan_waiting() -> None:
    """Have those scanned that no scanner has seen. Safe to repeat."""
    if not scanning.is_configured():
        return
    waiting = HandedFile.objects.exclude(name="").filter(scan=Scan.NOT_SCANNED)
    # By chance: those that the scanner takes from nobody, as too large, keep no other from being seen.
    for handed in waiting.select_related("run__case").order_by("?")[:10]:
        _scan_again(handed)


def _scan_again(handed: HandedFile) -> None:
    try:
        seen = keeping.scanned(vault.unsealed_stream(handed.run.case, KeyUse.COLLECTED, handed.name))
    except (vault.KeyDestroyed, FileNotFoundError):
        return  # taken back meanwhile
    HandedFile.objects.filter(pk=handed.pk).update(scan=Scan.INFECTED if seen is None else Scan(seen))

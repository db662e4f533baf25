"""Files with somebody else in them: what a caseworker puts in their place. The original stays out of every package.

A recording or a picture is cut elsewhere, or its words written down with the other's left out. A PDF becomes pictures
of its pages, whether it is blackened here or was before: what lay under a drawn box is not in them.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import PurePosixPath
from secrets import token_hex

import filetype
from django.db import transaction

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, at_stage, lock
from cases.collection import scanned_files
from cases.collection.owner_answers import DOCUMENTS, MEDIA
from cases.models import Case, HandedFile, Run, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sealed.uploads import Upload
from exports.models import CutFile
from exports.opened import blackened
from exports.opened.pdfs import UnreadablePdf

PDF, TRANSCRIPT = "application/pdf", "text/plain"
MOST_BYTES = 50_000_000


def put(handed: HandedFile, content: bytes, *, why: str, by: User) -> CutFile:
    """Put this in the file's place: a cut of it, or what is said in it in words. Refusal says what is wrong with it."""
    if not content or len(content) > MOST_BYTES:
        raise Refusal("cut-size", most=MOST_BYTES // 1_000_000)
    with closing(Upload(content)) as upload:
        scanned_files.scan_at_once(upload)
    kind = _kind_of(content)
    if kind == PDF:
        content = _anew(content)
    return _keep(handed, content, kind, why=why, by=by)


def blacken(
    handed: HandedFile,
    *,
    words: Iterable[str],
    areas: Mapping[int, Iterable[blackened.Area]],
    why: str,
    by: User,
) -> CutFile:
    """The handed PDF with these words and areas blackened. Refusal nothing-blackened where none of it is there,
    pdf-large for one that is too large to be worked on."""
    scanned_files.refuse_to_open(handed)
    if handed.bytes > MOST_BYTES:
        raise Refusal("pdf-large", most=MOST_BYTES // 1_000_000)
    original = b"".join(vault.unsealed_stream(handed.run.case, KeyUse.COLLECTED, handed.name))
    content = _anew(original, words=list(words), areas=areas, asked=True)
    return _keep(handed, content, PDF, why=why, by=by)


def replaced(case: Case) -> set[int]:
    """The handed files that stay here, as something is given in their place."""
    return set(CutFile.objects.filter(handed__run__case=case).values_list("handed_id", flat=True))


def lost(case: Case) -> list[CutFile]:
    """Cuts of files that are no longer there, unless the same file is there again and cut again."""
    there = CutFile.objects.filter(case=case, handed__isnull=False)
    return list(CutFile.objects.filter(case=case, handed=None).exclude(digest__in=there.values("digest")))


def newest(run: Run) -> dict[str, CutFile]:
    """By the original's name in the package: what is given in its place."""
    cuts = CutFile.objects.filter(handed__run=run).select_related("handed").order_by("handed_id", "-number")
    return {one.handed.file: one for one in cuts.distinct("handed_id") if one.handed}


def contents(case: Case, cut: CutFile) -> Iterator[bytes]:
    return vault.unsealed_stream(case, KeyUse.COLLECTED, cut.name)


def _kind_of(content: bytes) -> str:
    kind = filetype.guess(content[:8192])
    if kind is None:
        try:
            content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Refusal("upload-type") from None
        return TRANSCRIPT
    if kind.mime not in DOCUMENTS and not kind.mime.startswith(MEDIA):
        raise Refusal("upload-type")
    return str(kind.mime)


def _anew(
    content: bytes,
    words: Iterable[str] = (),
    areas: Mapping[int, Iterable[blackened.Area]] | None = None,
    *,
    asked: bool = False,
) -> bytes:
    try:
        pictures, places = blackened.blackened(content, words=list(words), areas=areas or {})
    except UnreadablePdf:
        raise Refusal("pdf-unreadable") from None
    except blackened.TooLong:
        raise Refusal("pdf-long", most=blackened.MOST_PAGES) from None
    if asked and not places:
        raise Refusal("nothing-blackened")
    return pictures


@transaction.atomic
def _keep(handed: HandedFile, content: bytes, kind: str, *, why: str, by: User) -> CutFile:
    case = lock(handed.run.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.DECISIONS)
    if not why.strip():
        raise Refusal("reason-needed")
    number = handed.cuts.count() + 1
    name = f"cases/{case.pk}/collected/{handed.run_id}-cut-{handed.number:03}-{number:03}-{token_hex(4)}"
    with vault.sealed_file(case, KeyUse.COLLECTED, name) as file:
        file.write(content)
    original = PurePosixPath(handed.file)
    cut = CutFile.objects.create(
        case=case,
        handed=handed,
        digest=handed.digest,
        number=number,
        name=name,
        file=f"{original.with_suffix('')}-cut{_ending(kind, original)}",
        type=kind,
        bytes=len(content),
        sha256=sha256(content).hexdigest(),
        why=why.strip(),
        by=by,
    )
    audit.record(
        case, "file.cut", by=by, source=handed.run.source, collection=handed.run.collection, type=kind
    )
    return cut


def _ending(kind: str, original: PurePosixPath) -> str:
    if kind == TRANSCRIPT:
        return ".txt"
    known = next((one.extension for one in filetype.TYPES if one.mime == kind), "")
    return f".{known}" if known else original.suffix

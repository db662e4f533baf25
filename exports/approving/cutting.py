"""A file with somebody else in it, and what is given in its place: another file, or the same PDF blackened."""

import re
from collections import defaultdict

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.casework import audit
from cases.casework.permissions import Permission
from cases.casework.workflow import Refusal
from cases.collection import scanned_files
from cases.desk.case.rows import may_mask_rows, refuse_others
from cases.desk.scope import DeskRequest, attempt, find_case, permissions_of, recently, staff, written_reason
from cases.models import HandedFile
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sealed.vault import KeyDestroyed
from cases.web.downloads import download
from cases.web.uploads import Handed, sealed_as_they_come, takes_files
from exports.masking import files
from exports.models import CutFile
from exports.opened.blackened import Area

# "2: 10 20 60 35": of the second page, what lies between these hundredths from the left, the top, the left and the top.
AREA = re.compile(r"(\d{1,4})\s*:\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})")


@takes_files(files.MOST_BYTES)
@require_http_methods(["GET", "POST"])
@staff
def cut(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """The file, what stands in its place, and the two ways to put something there."""
    handed = _handed(request, reference, pk)
    if request.method != "POST":
        return _page(request, handed)
    return sealed_as_they_come(request, files.MOST_BYTES, lambda _same: _put_or_say(request, handed))


def _put_or_say(request: DeskRequest, handed: HandedFile) -> HttpResponseBase:
    if attempt(request, lambda: _put(request, handed)):
        return redirect("exports:cut", handed.run.case.reference, handed.pk)
    return _page(request, handed)


def _page(request: DeskRequest, handed: HandedFile) -> HttpResponseBase:
    case = handed.run.case
    context = {
        "case": case,
        "run": handed.run,
        "handed": handed,
        "cuts": handed.cuts.select_related("by"),
        "is_pdf": handed.type == files.PDF,
        "writable": may_mask_rows(case, permissions_of(request.user, case.operator_id)),
        "typed": request.POST,
    }
    return render(request, "desk/answer/cut.html", context)


@require_GET
@recently
def opened(request: DeskRequest, reference: str, pk: int, number: int) -> HttpResponseBase:
    """The original (0) or what stands in its place, as a download; that somebody looked is on the record."""
    handed = _handed(request, reference, pk)
    case = handed.run.case
    given: CutFile | HandedFile = handed
    if number:
        given = get_object_or_404(CutFile, handed=handed, number=number)
    try:
        if given is handed:
            scanned_files.refuse_to_open(handed)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("exports:cut", case.reference, handed.pk)
    try:
        blocks = vault.unsealed_stream(case, KeyUse.COLLECTED, given.name)
    except (KeyDestroyed, FileNotFoundError):
        raise Http404 from None
    audit.record(case, "rows.read", by=request.user, source=handed.run.source, file=handed.number)
    return download(blocks, given.file.rpartition("/")[2], given.type)


def _handed(request: DeskRequest, reference: str, pk: int) -> HandedFile:
    case = find_case(request.user, reference)
    found = HandedFile.objects.select_related("run").filter(name__gt="")
    handed = get_object_or_404(found, pk=pk, run__case=case)
    handed.run.case = case
    refuse_others(request.user, handed.run, Permission.WORK_CASES)
    return handed


def _put(request: DeskRequest, handed: HandedFile) -> str:
    why = written_reason(request)
    if "blacken" in request.POST:
        words = list(filter(None, map(str.strip, request.POST.get("words", "")[:4000].splitlines())))
        files.blacken(
            handed, words=words, areas=_areas(request.POST.get("areas", "")), why=why, by=request.user
        )
        return _("Blackened. Look at it before you go on: what is a picture has no words to find.")
    uploaded = request.FILES.get("file")
    if not isinstance(uploaded, Handed) or not uploaded.whole:
        raise Refusal("cut-size", most=files.MOST_BYTES // 1_000_000)
    files.put(handed, b"".join(uploaded.upload.blocks()), why=why, by=request.user)
    return _("It is given in the place of the original, which stays out.")


def _areas(written: str) -> dict[int, list[Area]]:
    areas: dict[int, list[Area]] = defaultdict(list)
    for line in filter(None, map(str.strip, written[:4000].splitlines())):
        match = AREA.fullmatch(line)
        page, left, top, right, bottom = map(int, match.groups()) if match else (0, 0, 0, 0, 0)
        if not (page and left < right <= 100 and top < bottom <= 100):
            raise Refusal("area-unreadable", line=line[:40])
        areas[page].append((left, top, right, bottom))
    return areas

"""One version of an answer on a page: its letter and files, and what differs from the one that was sent back."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cases.casework.members.hands import hand_of, others
from cases.casework.permissions import Permission, allowed
from cases.casework.workflow import Refusal
from cases.desk.scope import DeskRequest, case_action, deny_unless, find_case, recently
from cases.models import Case
from cases.sealed.vault import KeyDestroyed
from cases.web.pdfs import pdf_response
from exports import approval, delivery, worded
from exports.models import Answer, Reading
from exports.models.approving import Place
from exports.opened import pdfs
from exports.opened.comparing import Changed, ChangedFile, changed_files, changed_lines
from exports.package.zipped import MANIFEST

MOST_SHOWN = 200


@dataclass(frozen=True)
class Difference:
    """What is other than in the version that was sent back. ``more``: how many changes are not shown."""

    since: Answer
    lines: list[Changed]
    files: list[ChangedFile]
    more: int = 0
    unreadable: bool = False


def answer_of(case: Case, version: int) -> Answer:
    found = Answer.objects.select_related("case__operator", "prepared_by", "sent_by", "approved_by", "words")
    return get_object_or_404(found, case=case, version=version)


@require_GET
@recently
def read(request: DeskRequest, reference: str, version: int) -> HttpResponseBase:
    """The page; that its list of files was opened is recorded."""
    case = find_case(request.user, reference)
    deny_unless(delivery.may_read(request.user, case.operator_id))
    answer = answer_of(case, version)
    if not answer.sha256:
        raise Http404
    approval.note_opened(answer, Reading.Part.FILES, by=request.user)
    context = {
        "case": case,
        "answer": answer,
        "returned": approval.returned(answer),
        "difference": _difference(answer),
        "own_words": _own_words(case, answer),
        "readings": answer.readings.filter(sha256=answer.sha256).select_related("by"),
        **_buttons(request, case, answer),
    }
    return render(request, "desk/answer/read.html", context)


def _buttons(request: DeskRequest, case: Case, answer: Answer) -> dict[str, Any]:
    """What this reader can do with it, and why not where they can't."""
    user, status = request.user, Answer.Status
    works = allowed(user, case.operator_id, Permission.WORK_CASES)
    approves = answer.status == status.READY and allowed(user, case.operator_id, Permission.APPROVE)
    own = user.pk in (answer.prepared_by_id, answer.sent_by_id)
    hand = hand_of(user, case) if approves and not own else ""
    waits = answer.status == status.READY
    return {
        "may_send": works and answer.status == status.WRITTEN,
        "may_take_back": works and answer.status in (status.WRITTEN, status.READY),
        "may_approve": approves and not own and not hand,
        "own": own and approves,
        "hand": hand,
        "others": others(case, prepared_by=answer.prepared_by_id) if waits else "",
        "letter_unread": Reading.Part.LETTER in approval.unread(answer, user),
    }


def _own_words(case: Case, answer: Answer) -> list[tuple[str, str]]:
    try:
        texts = worded.read(case, answer.words)
    except KeyDestroyed:
        return []
    return [(str(Place(place).label), text) for place, text in texts.items()]


def _difference(answer: Answer) -> Difference | None:
    """Held against the version that was sent back; None where none was."""
    before = approval.returned(answer)
    if before is None:
        return None
    # The list in the package changes with every other file.
    files = [one for one in changed_files(before.files, answer.files) if one.name != MANIFEST]
    try:
        one, two = (pdfs.lines(delivery.letter_of(each)) for each in (before, answer))
    except (Refusal, KeyDestroyed, pdfs.UnreadablePdf):
        return Difference(before, [], files, unreadable=True)
    changed = list(changed_lines(one, two))
    return Difference(before, changed[:MOST_SHOWN], files, more=max(len(changed) - MOST_SHOWN, 0))


@require_GET
@recently
def letter(request: DeskRequest, reference: str, version: int) -> HttpResponseBase:
    """The letter in the browser, to the byte as the person will get it; that it was opened is recorded."""
    case = find_case(request.user, reference)
    answer = answer_of(case, version)
    try:
        content = delivery.preview_pdf(answer, by=request.user)
    except (Refusal, KeyDestroyed):
        raise Http404 from None
    approval.note_opened(answer, Reading.Part.LETTER, by=request.user)
    return pdf_response(content, f"{case.reference}-{version}.pdf")


@case_action(Permission.WORK_CASES, section="answer")
def send(request: DeskRequest, case: Case, version: int) -> str:
    approval.send(answer_of(case, version), by=request.user)
    return _("Sent to approval.")


@case_action(Permission.WORK_CASES, section="answer")
def take_back(request: DeskRequest, case: Case, version: int) -> str:
    approval.take_back(answer_of(case, version), by=request.user)
    return _("Taken back. Change what has to be changed, then prepare it again.")

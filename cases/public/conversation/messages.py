"""Messages about a case of the request that is open in this browser: read, and written, with a file if they like."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from cases.casework.operators import register_of_case
from cases.casework.workflow import Refusal
from cases.conversation import reading, writing
from cases.models import Case, Message, Operator
from cases.papers import keeping
from cases.papers.kinds import MOST_BYTES
from cases.public.entry import public
from cases.public.pacing import MESSAGES, held_up
from cases.public.rights import wanted
from cases.public.status import opened_by_eid, opened_submission, to_status
from cases.sealed.uploads import Upload
from cases.web.uploads import Handed, sealed_as_they_come, takes_files


@takes_files(MOST_BYTES)
@public
def conversation(request: HttpRequest, operator: Operator, pk: int) -> HttpResponseBase:
    """One case's messages. What we wrote counts as read from here on."""
    submission = opened_submission(request, operator)
    case = submission.cases.filter(pk=pk).first() if submission and submission.proofs.exists() else None
    if case is None:
        return to_status(request, operator)
    if request.method == "POST":
        return sealed_as_they_come(request, MOST_BYTES, lambda sent: _take(sent, case))
    return _page(request, case)


def _take(request: HttpRequest, case: Case) -> HttpResponseBase:
    text = request.POST.get("text", "")
    if wait := held_up(request, case.operator, MESSAGES):
        return _page(request, case, text=text, refused=wait, status=429)
    try:
        writing.answer(case, text, upload=_file(request), answers=not _is_kept_shut(request, case))
    except Refusal as refusal:
        return _page(request, case, text=text, refused=refusal.message, status=422)
    messages.success(request, _("We have your message. When we answer, we send you a mail that says so."))
    return redirect("public:messages", case.operator_id, case.pk)


def _file(request: HttpRequest) -> Upload | None:
    file = request.FILES.get("file")
    if file is None:
        return None
    assert isinstance(file, Handed)
    if not file.whole:
        raise Refusal("paper-size", megabytes=MOST_BYTES // 1_000_000)
    return file.upload


def _page(
    request: HttpRequest, case: Case, *, text: str = "", refused: str = "", status: int = 200
) -> HttpResponseBase:
    shown = _shown(request, case)
    reading.shown_to_person(case, shown)
    context = {
        "case": case,
        "right": wanted(case.right, for_other=case.for_other),
        "shown": shown,
        "kept_shut": _is_kept_shut(request, case),
        "may_write": writing.may_answer(case),
        "mailed": case.submission.is_mailed,
        "waits": writing.waits_for_answer(case) and not _is_kept_shut(request, case),
        "contact": register_of_case(case).controller,
        "text": text,
        "refused": refused,
        "longest": writing.LONGEST,
        "most": MOST_BYTES // 1_000_000,
        "days": keeping.DAYS_KEPT,
    }
    return render(request, "public/messages.html", context, status=status)


def _shown(request: HttpRequest, case: Case) -> list[Message]:
    return [] if _is_kept_shut(request, case) else list(case.messages.prefetch_related("papers"))


def _is_kept_shut(request: HttpRequest, case: Case) -> bool:
    """Whoever reads the mails of somebody whose identity is protected reads nothing here."""
    return bool(case.protected_by) and not opened_by_eid(request)

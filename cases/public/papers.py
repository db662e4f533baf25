"""Papers that show that somebody may ask for another: given by whoever has proven that the request is theirs."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from cases.casework.operators import register_of
from cases.casework.workflow import Refusal
from cases.identity.mandates import asking
from cases.models import Operator, Paper, Submission
from cases.papers import keeping
from cases.papers.kinds import MOST_BYTES
from cases.public.entry import public
from cases.public.proving.proof import sent_submission
from cases.public.rights import authorities
from cases.public.status import opened_submission, to_status
from cases.web.uploads import Handed, sealed_as_they_come, takes_files

AT_ONCE = 4 * MOST_BYTES


def _submission(request: HttpRequest, operator: Operator, name: UUID) -> Submission | None:
    """That request, if this browser sent and proved it, or has opened it by a code within the hour: no other one that
    is open beside it.
    """
    found = sent_submission(request, operator, name)
    opened = opened_submission(request, operator)
    if found is None and opened and opened.pk == name:
        found = opened
    return found if found and found.proofs.exists() else None


@takes_files(AT_ONCE)
@public
def papers(request: HttpRequest, operator: Operator, draft: UUID) -> HttpResponseBase:
    """Give papers, and see how many have come. None is shown again: what lies here, only the desk opens."""
    submission = _submission(request, operator, draft)
    if submission is None or not asking.may_give(submission):
        return to_status(request, operator)
    if request.method == "POST":
        return sealed_as_they_come(request, AT_ONCE, partial(_take, submission=submission, operator=operator))
    kind = submission.authority_kind
    _labels, hints = authorities(register_of(operator).country)
    context = {
        "submission": submission,
        "given": keeping.held(submission, Paper.About.AUTHORITY),
        "hint": hints.get(kind, ""),
        "most": MOST_BYTES // 1_000_000,
        "days": keeping.DAYS_KEPT,
        "by_status": opened_submission(request, operator) == submission,
    }
    return render(request, "public/papers.html", context)


def _take(request: HttpRequest, submission: Submission, operator: Operator) -> HttpResponseBase:
    """Each file by itself: one that is refused keeps no other from being taken."""
    files = request.FILES.getlist("papers")
    if not files:
        messages.error(request, _("Choose at least one file."))
    for number, file in enumerate(files, 1):
        assert isinstance(file, Handed)
        try:
            if not file.whole:
                raise Refusal("paper-size", megabytes=MOST_BYTES // 1_000_000)
            asking.give(submission, file.upload)
        except Refusal as refusal:
            told = _("File %(number)s: %(why)s") % {"number": number, "why": refusal.message}
            messages.error(request, refusal.message if len(files) == 1 else told)
        else:
            messages.success(request, _("We have your paper, and it is locked away."))
    return redirect("public:papers", operator.pk, submission.pk)

"""A request by letter, phone, shop, chat, social media or mail, written down with the day it was received."""

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.casework.operators import register_of
from cases.casework.permissions import Permission
from cases.casework.workflow import Refusal
from cases.desk.entering.forms import RequestForm
from cases.desk.scope import DeskRequest, attempt, choose_operator, find_operator, staff, visible_cases
from cases.desk.wording import words
from cases.models import Operator, Submission
from cases.papers.kinds import MOST_BYTES
from cases.request import by_hand
from cases.request.asked import Intake, IntakeProblem
from cases.sealed.uploads import Upload
from cases.web.uploads import Handed, sealed_as_they_come, takes_files


@staff
def choose(request: DeskRequest) -> HttpResponseBase:
    """At which operator, if the member works for several."""
    return choose_operator(
        request, Permission.WORK_CASES, page="desk:entering", heading=_("Write down a request")
    )


@takes_files(MOST_BYTES)
@require_http_methods(["GET", "POST"])
@staff
def enter(request: DeskRequest, operator: str) -> HttpResponseBase:
    """The form; sent, the request with its original, or the form with what can't stay as it is."""
    found = find_operator(request.user, operator, Permission.WORK_CASES)
    if request.method == "POST":
        return sealed_as_they_come(request, MOST_BYTES, lambda _: _answer(request, found))
    return _page(request, found, _form(request, found))


def _form(request: DeskRequest, operator: Operator) -> RequestForm:
    sent = request.method == "POST"
    files = request.FILES if sent else None
    typed = request.POST if sent else None
    return RequestForm(typed, files, register=register_of(operator), language=words.language())


def _page(request: DeskRequest, operator: Operator, form: RequestForm) -> HttpResponseBase:
    context = {"operator": operator, "form": form}
    return render(request, "desk/entering/by_hand.html", context, status=422 if form.errors else 200)


def _answer(request: DeskRequest, operator: Operator) -> HttpResponseBase:
    form = _form(request, operator)
    if form.is_valid():
        submission = _entered(request, operator, form)
        if submission is not None:
            return redirect(_way_on(request, submission))
    return _page(request, operator, form)


def _entered(request: DeskRequest, operator: Operator, form: RequestForm) -> Submission | None:
    """What the intake and the papers have against it stands at the fields."""
    intake = Intake(operator=operator, **form.typed())
    taken = []
    try:
        original = _upload(form.cleaned_data["original"])
        taken.append(by_hand.enter(intake, by=request.user, original=original))
    except IntakeProblem as problem:
        for name, sentence in problem.errors.items():
            form.add_error(name if name in form.fields else None, sentence)
    except Refusal as refusal:
        form.add_error("original", refusal.message)
    else:
        attempt(request, lambda: _said(taken[0]))
    return taken[0] if taken else None


def _upload(handed: object) -> Upload | None:
    if not isinstance(handed, Handed):
        return None
    if not handed.whole:
        raise Refusal("paper-size", megabytes=MOST_BYTES // 1_000_000)
    return handed.upload


def _said(submission: Submission) -> str:
    references = ", ".join(submission.cases.order_by("pk").values_list("reference", flat=True))
    return _("Taken in: %(references)s. The month runs from the day it was received.") % {
        "references": references
    }


def _way_on(request: DeskRequest, submission: Submission) -> str:
    """To the case; of somebody protected it may be for others alone."""
    first = visible_cases(request.user).filter(submission=submission).order_by("pk").first()
    return first.get_absolute_url() if first else reverse("desk:queue")

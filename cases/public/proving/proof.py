"""After sending: the mailed code, then the receipt."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases.casework import case_clock
from cases.casework.bounces.whose import mailbox_in_doubt
from cases.casework.operators import register_of
from cases.casework.workflow import Refusal
from cases.identity.eid.configured import names_of
from cases.identity.mailed_codes import PER_DAY, PER_HOUR, send_code, sending
from cases.identity.mandates.asking import may_give
from cases.identity.stepping_up.waiting import asks_more
from cases.identity.verification import check_code
from cases.models import Case, MailedCode, Operator, Submission
from cases.models.case import Stage
from cases.public.entry import public
from cases.public.proving.alone import ask_alone, code_alone
from cases.public.proving.proof_forms import CodeForm
from cases.public.status import opened_submission, to_status
from cases.public.words import steps_of
from cases.request import anew
from cases.request.receipts import file_of
from cases.sealed.typed import reply_address
from cases.web.downloads import to_save

PROVE = MailedCode.Purpose.PROVE
# A browser that sends more than this within a day is no person's.
MOST_SENT = 20


def remember_sent(request: HttpRequest, submission: Submission) -> None:
    """This browser sent that request, and may go on to prove it."""
    key = _sent_key(submission.operator_id)
    others = [each for each in request.session.get(key, ()) if each != str(submission.pk)]
    request.session[key] = [*others, str(submission.pk)][-MOST_SENT:]


def _sent_key(operator: str) -> str:
    return f"sent-all:{operator}"


def sent_submission(request: HttpRequest, operator: Operator, name: UUID | None = None) -> Submission | None:
    """That request, or the last one, if this browser sent it; None once it is over and what was typed is emptied."""
    sent = request.session.get(_sent_key(operator.pk), [])
    wanted = sent[-1:] if name is None else [each for each in sent if each == str(name)]
    return Submission.objects.filter(pk__in=wanted, operator=operator).exclude(sealed=b"").first()


@public
def code_sent_last(request: HttpRequest, operator: Operator) -> HttpResponse:
    """For whoever kept the address from before each request had its own."""
    last = sent_submission(request, operator)
    return redirect("public:code", operator.pk, last.pk) if last else redirect("public:status", operator.pk)


@public
def code(request: HttpRequest, operator: Operator, draft: UUID) -> HttpResponse:
    """Enter the mailed code. Looks the same whether or not the address belongs to a customer."""
    submission = sent_submission(request, operator, draft)
    if submission is None:
        return code_alone(request, operator, draft)
    by_eid = mailbox_in_doubt(submission)
    if submission.proofs.exists() and not by_eid:
        return redirect("public:receipt", operator.pk, draft)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            check_code(submission, purpose=PROVE, code=form.cleaned_data["code"])
        except Refusal as refusal:
            form.add_error("code", refusal.message)
        else:
            return redirect("public:receipt", operator.pk, draft)
    context = {
        "draft": draft,
        "form": form,
        "cases": submission.cases.order_by("pk"),
        "email": reply_address(submission),
        "sending": sending(submission, purpose=PROVE),
        "faces": {} if by_eid else names_of(operator.pk),
        "asks_more": asks_more(register_of(operator), get_language() or "en"),
        "by_eid": by_eid,
        "proof_first": submission.cases.filter(proof_first=True, stage=Stage.VERIFICATION).exists(),
    }
    return render(request, "public/code.html", context)


@require_POST
@public
def code_again(request: HttpRequest, operator: Operator, draft: UUID) -> HttpResponse:
    """Mail a new code; past the limits nothing goes out, and that is said."""
    submission = sent_submission(request, operator, draft)
    if submission is None:
        return ask_alone(request, operator, draft)
    if send_code(submission, purpose=PROVE):
        told = _(
            "A new code is under way, at most %(limit)s an hour. Use the newest one; the earlier ones no longer work."
        )
        messages.success(request, told % {"limit": PER_HOUR})
    else:
        told = _(
            "We have not mailed another code: there are at most %(limit)s an hour, and %(day)s a day. Use the newest "
            "one, or wait."
        )
        messages.warning(request, told % {"limit": PER_HOUR, "day": PER_DAY})
    return redirect("public:code", operator.pk, draft)


@public
def receipt(request: HttpRequest, operator: Operator, draft: UUID) -> HttpResponse:
    """What was received, and what happens when."""
    submission = sent_submission(request, operator, draft)
    if submission is None or not submission.proofs.exists():
        return redirect("public:code", operator.pk, draft)
    cases = list(submission.cases.order_by("pk"))
    for_other = any(case.for_other for case in cases)
    context = {
        "draft": draft,
        "cases": cases,
        "for_other": for_other,
        "papers": may_give(submission),
        "by_eid": mailbox_in_doubt(submission),
        **dates_of(cases, operator),
        "email": reply_address(submission),
        "safe_contact": submission.safe_contact,
    }
    return render(request, "public/receipt.html", context)


@require_safe
@public
def signed_receipt(request: HttpRequest, operator: Operator, draft: UUID) -> HttpResponse:
    """That the request came in, signed, to whoever sent it or follows it; to be kept and checked by verify.py."""
    sent, followed = sent_submission(request, operator, draft), opened_submission(request, operator)
    submission = sent or (followed if followed and followed.pk == draft else None)
    content = file_of(submission, whole=sent is not None) if submission else None
    if content is None:
        raise Http404
    return HttpResponse(content, content_type="application/json", headers=to_save("receipt.json"))


@require_POST
@public
def ask_anew(request: HttpRequest, operator: Operator, pk: int) -> HttpResponse:
    """Ask for access anew, where the answer can no longer be fetched. The next page asks for the code."""
    submission = opened_submission(request, operator)
    if submission is None:
        return to_status(request, operator)
    case = get_object_or_404(submission.cases, pk=pk)
    try:
        again = anew.ask_anew(case)
    except Refusal as refusal:
        messages.warning(request, refusal.message)
        return redirect("public:requests", operator.pk)
    remember_sent(request, again)
    return redirect("public:code", operator.pk, again.pk)


def dates_of(cases: list[Case], operator: Operator) -> dict[str, Any]:
    """received, act_by (None without an urgent right), due with its steps, until: the last day to fetch it then."""
    last = max(cases, key=lambda case: case.due_on)
    due = last.due_on
    return {
        "steps": steps_of(case_clock.clock_of(last)),
        "received": cases[0].received_on,
        "act_by": min((case.act_by for case in cases if case.act_by), default=None),
        "due": due,
        "until": due + timedelta(days=register_of(operator).settings.package_days),
    }

"""Answers over HTTP: prepared, looked at, approved or sent back at the desk, and fetched by the person."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from cases.casework.permissions import Permission
from cases.casework.workflow import Refusal
from cases.desk.scope import (
    DeskRequest,
    case_action,
    deny_unless,
    find_case,
    recently,
    staff,
    written_reason,
)
from cases.identity.mandates.addressing import asker_gets
from cases.identity.people.protection import opens_by_eid
from cases.models import Case, Operator, Submission, User
from cases.public.entry import public
from cases.public.status import opened_by_eid, opened_just_now, opened_submission
from cases.sealed.vault import KeyDestroyed
from cases.web.pdfs import pdf_response
from exports import approval, delivery
from exports.answer import building
from exports.fetching import longer
from exports.fetching.serving import respond
from exports.models import Answer
from exports.notices import authority_refused


def _answer(case: Case, version: int) -> Answer:
    return get_object_or_404(Answer.objects.select_related("case__operator"), case=case, version=version)


@case_action(Permission.WORK_CASES, section="answer")
def prepare(request: DeskRequest, case: Case) -> str:
    building.prepare(case, by=request.user)
    return _("The letter and the data package are being prepared.")


@case_action(Permission.APPROVE, section="answer")
def approve(request: DeskRequest, case: Case, version: int) -> str:
    """Approval is of the very bytes the approver looked at: the form carries their hash."""
    answer = _answer(case, version)
    approval.approve(answer, by=request.user, sha256=request.POST.get("sha256", ""))
    return _("Approved. It is carried out, and sent when that is done.")


@case_action(Permission.APPROVE, section="answer")
def send_back(request: DeskRequest, case: Case, version: int) -> str:
    approval.send_back(_answer(case, version), reason=written_reason(request), by=request.user)
    return _("Sent back, with your words.")


@require_safe
@recently
def download(request: DeskRequest, reference: str, version: int) -> HttpResponseBase:
    """The package for a member of staff; who fetched it is recorded."""
    case = find_case(request.user, reference)
    return _stream(request, _answer(case, version), delivery.STAFF, by=request.user)


@require_GET
@recently
def receipt(request: DeskRequest, reference: str, version: int) -> HttpResponseBase:
    """The receipt for a member of staff; who fetched it is recorded."""
    case = find_case(request.user, reference)
    return _receipt(_answer(case, version), delivery.STAFF, by=request.user)


@require_safe
@never_cache
def package(request: HttpRequest, operator: str, pk: int) -> HttpResponseBase:
    """The package for the person."""
    return _stream(request, _opened(request, operator, pk), delivery.DATA_SUBJECT)


@require_POST
@public
def keep_longer(request: HttpRequest, operator: Operator, pk: int) -> HttpResponseBase:
    """More time, once, to whoever has just shown anew that they are the person."""
    answer = _opened(request, operator.pk, pk)
    if not opened_just_now(request):
        messages.info(
            request, _("Show once more that it is you: ask for a code. Then you can keep it longer.")
        )
        query = urlencode({"reference": answer.case.reference})
        return redirect(f"{reverse('public:status', args=[operator.pk])}?{query}")
    try:
        day = date_format(longer.keep(answer), "DATE_FORMAT")
        messages.success(request, _("You can fetch the answer until %(day)s.") % {"day": day})
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    return redirect("public:requests", operator.pk)


@require_GET
@never_cache
def own_receipt(request: HttpRequest, operator: str, pk: int) -> HttpResponseBase:
    """The receipt for the person."""
    return _receipt(_opened(request, operator, pk), delivery.DATA_SUBJECT)


@require_GET
@never_cache
def own_answer(request: HttpRequest, operator: str, pk: int) -> HttpResponseBase:
    """The letter of the answer for the person, to read beside the package."""
    answer = _opened(request, operator, pk)
    try:
        content = delivery.fetch_letter(answer, who=delivery.DATA_SUBJECT)
    except (Refusal, KeyDestroyed):
        raise Http404 from None
    return pdf_response(content, _("%(reference)s-letter.pdf") % {"reference": answer.case.reference})


def _opened(request: HttpRequest, operator: str, pk: int) -> Answer:
    """The delivered answer: only in a session that has just proven it with a mailed code, and in time."""
    delivered = Answer.objects.filter(status=Answer.Status.DELIVERED, expires_at__gt=timezone.now())
    answer = get_object_or_404(
        delivered.select_related("case__operator", "case__authority"),
        pk=pk,
        case__submission=_submission(request, operator),
    )
    # A mailed code opens no protected person's answer: whoever reads the mail may be whom they hide from.
    by_eid_alone = answer.case.protected_by and not (opened_by_eid(request) and opens_by_eid(answer.case))
    # Handed to the person concerned alone: whoever asked for them may follow the case, and gets nothing of it.
    if by_eid_alone or not asker_gets(answer.case):
        raise Http404
    return answer


def _submission(request: HttpRequest, operator: str) -> Submission:
    if (opened := opened_submission(request, operator)) is None:
        raise Http404
    return opened


@require_GET
@staff
def refusal(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The letter that an authority was not accepted, for a member of staff."""
    case = find_case(request.user, reference)
    deny_unless(delivery.may_read(request.user, case.operator_id))
    return _refusal(case, by=request.user)


@require_GET
@never_cache
def own_refusal(request: HttpRequest, operator: str, pk: int) -> HttpResponseBase:
    """The same for whoever asked, in a session that has just proven who it is."""
    refused = _submission(request, operator).cases.exclude(authority_refusal=None)
    return _refusal(get_object_or_404(refused.select_related("operator"), pk=pk))


def _refusal(case: Case, by: User | None = None) -> HttpResponse:
    try:
        letter = authority_refused.read(case, by=by)
    except (Refusal, KeyDestroyed):
        raise Http404 from None
    return pdf_response(letter, f"{case.reference}.pdf")


def _receipt(answer: Answer, who: str, by: User | None = None) -> HttpResponse:
    """The PDF; Http404 for one that is not there yet or no longer."""
    try:
        content = delivery.fetch_receipt(answer, who=who, by=by)
    except (Refusal, KeyDestroyed):
        raise Http404 from None
    return pdf_response(content, _("%(reference)s-receipt.pdf") % {"reference": answer.case.reference})


def _stream(request: HttpRequest, answer: Answer, who: str, by: User | None = None) -> HttpResponseBase:
    """The zip as it comes out of the vault; Http404 for one that is not there yet or no longer."""
    try:
        return respond(answer, request.method or "", request.headers, who=who, by=by)
    except (Refusal, KeyDestroyed):
        raise Http404 from None

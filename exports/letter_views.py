"""Letters beside the answer over HTTP: a page and a PDF for the person, the PDF for staff."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from cases.casework import audit
from cases.desk.scope import DeskRequest, deny_unless, find_case, staff
from cases.models import Operator
from cases.public.entry import public
from cases.public.status import opened_by_eid, opened_submission
from cases.sealed.vault import KeyDestroyed
from cases.web.pdfs import pdf_response
from exports import delivery
from exports.models import CaseLetter
from exports.notices import letters


@require_GET
@never_cache
@public
def own_letter(request: HttpRequest, operator: Operator, pk: int) -> HttpResponse:
    """The letter as a page, in its own language."""
    if (letter := _opened(request, operator, pk)) is None:
        return redirect("public:status", operator.pk)
    try:
        read = letters.read(letter, by=audit.DATA_SUBJECT)
    except KeyDestroyed:
        raise Http404 from None
    return render(request, "public/letter.html", {"letter": letter, "read": read})


@require_GET
@never_cache
@public
def own_letter_pdf(request: HttpRequest, operator: Operator, pk: int) -> HttpResponse:
    """The same to print or keep."""
    if (letter := _opened(request, operator, pk)) is None:
        return redirect("public:status", operator.pk)
    return _pdf(letter, audit.DATA_SUBJECT)


@require_GET
@staff
def letter(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """The letter as the person gets it, for a member of staff; that it was read is recorded."""
    case = find_case(request.user, reference)
    deny_unless(delivery.may_read(request.user, case.operator_id))
    return _pdf(
        get_object_or_404(CaseLetter.objects.select_related("case__operator"), pk=pk, case=case), request.user
    )


def _opened(request: HttpRequest, operator: Operator, pk: int) -> CaseLetter | None:
    """The letter, of the request that this browser has opened; None where it has opened none."""
    if (submission := opened_submission(request, operator)) is None:
        return None
    ours = CaseLetter.objects.select_related("case__operator", "case__authority")
    letter = get_object_or_404(ours, pk=pk, case__submission=submission)
    if not letter.may_be_opened(by_eid=opened_by_eid(request)):
        raise Http404
    return letter


def _pdf(letter: CaseLetter, by: audit.Actor) -> HttpResponse:
    try:
        content = letters.read_pdf(letter, by=by)
    except KeyDestroyed:
        raise Http404 from None
    return pdf_response(content, f"{letter.case.reference}-{letter.kind}.pdf")

"""Desk pages that end in a letter: the notice to a subscriber, the end of a restriction, the cleared annex."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.casework.operators import register_of
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal
from cases.desk.case.mandates.forms import LONGEST
from cases.desk.final.page import DAY, ReasonForm, Weighed, weighed
from cases.desk.orders import find_order
from cases.desk.scope import (
    DeskRequest,
    attempt,
    case_action,
    find_case,
    recently,
    staff,
    written_reason,
)
from cases.desk.wording import words
from cases.identity import unproven
from cases.identity.stepping_up import posted_codes
from cases.models import Case, Order
from cases.orders import cleared
from cases.orders.court_orders import tell_subscriber
from cases.sealed.vault import KeyDestroyed
from cases.web.downloads import download
from cases.web.fields import TextField
from cases.web.pdfs import pdf_response
from exports import pdf
from exports.models import Annex
from exports.notices import annex, extension, identity, sealed_annex
from exports.notices import rights_holder as ipred
from exports.notices.deceased import close_outside
from exports.notices.lifting import lift_restriction
from exports.notices.posted_code import write_letter
from exports.record import pack

LANGUAGES = [("sv", gettext_lazy("Swedish")), ("da", gettext_lazy("Danish")), ("en", gettext_lazy("English"))]


class NoticeForm(forms.Form):
    """Whom the letter goes to, and who got the data. Nothing of this is kept."""

    name = TextField(
        max_length=200, label=gettext_lazy("The subscriber's name"), missing=gettext_lazy("Write the name."),
        attrs={"autocomplete": "off"},
    )  # fmt: skip
    address = TextField(
        max_length=400, label=gettext_lazy("Postal address"), missing=gettext_lazy("Write the postal address."),
        widget=forms.Textarea, attrs={"rows": 3, "autocomplete": "off"},
    )  # fmt: skip
    rights_holder = TextField(
        max_length=200,
        label=gettext_lazy("Who got the data"),
        missing=gettext_lazy("Write who got the data."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the letter"), choices=LANGUAGES)


class PostedForm(forms.Form):
    """The day on which the letter was posted."""

    on = forms.DateField(
        label=gettext_lazy("On which day was the letter posted?"),
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        error_messages={
            "invalid": gettext_lazy("This is no day. Write it like 2026-03-31."),
            "required": gettext_lazy("Write the day."),
        },
    )


class TriedForm(ReasonForm):
    """What was done to find out who asks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("What was tried, and what came of it?")


def _order(request: DeskRequest, pk: int) -> Order:
    """An order this member may see and act on; 404 for any other, so that nobody learns what there is."""
    order = find_order(request.user, pk)
    require(request.user, order.operator, Permission.REGISTER_ORDERS)
    return order


@require_http_methods(["GET", "POST"])
@staff
def notice(request: DeskRequest, pk: int) -> HttpResponseBase:
    """The form for the letter to the subscriber; what comes back is the letter, to be printed and posted."""
    order = _order(request, pk)
    if not ipred.is_open(order):
        attempt(request, lambda: _why_not(order))
        return redirect("desk:orders")
    form = NoticeForm(request.POST or None, initial={"language": register_of(order.operator).languages[0]})
    if form.is_valid():
        try:
            written = _written(request, order, form.cleaned_data)
            return pdf_response(written, f"notice-{order.pk}.pdf", attached=True)
        except Refusal as refused:
            form.add_error(None, refused.message)
    return render(
        request, "desk/notice.html", {"order": order, "form": form}, status=422 if form.errors else 200
    )


def _why_not(order: Order) -> str:
    ipred.check_window(order)
    return ""


def _written(request: DeskRequest, order: Order, typed: dict[str, Any]) -> bytes:
    lines = tuple(filter(None, map(str.strip, typed.pop("address").splitlines())))
    return ipred.write_notice(order, **typed, address=lines, by=request.user)


@require_http_methods(["GET", "POST"])
@staff
def notice_sent(request: DeskRequest, pk: int) -> HttpResponseBase:
    """The page on which a legal officer says on which day the letter was posted."""
    order = _order(request, pk)
    said = Weighed(
        heading=_("The subscriber has been told"),
        follows=_told_follows(order),
        submit=_("Note it as sent"),
        back=reverse("desk:orders"),
        stopped=ipred.why_not_told(order),
        more={"order": order, "named": f"{order.court} {order.court_case}".strip()},
    )
    form = PostedForm(request.POST if request.method == "POST" else None)
    return weighed(request, said, form, lambda chosen: _sent(request, order, chosen["on"]))


def _told_follows(order: Order) -> list[str]:
    made = ipred.written_on(order)
    first = (
        _("The letter was made here on %(day)s.") % {"day": words.day(made)}
        if made
        else _(
            "No letter was made here. Say so only where the subscriber was told in writing in another way."
        )
    )
    return [first, _("The task is done, and the order holds nothing more. It can't be undone.")]


def _sent(request: DeskRequest, order: Order, on: date) -> str:
    tell_subscriber(order, on=on, by=request.user)
    return _("Noted: the subscriber has been told. The order holds nothing any more.")


@require_POST
@recently
def record(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The record of a case as a file for an authority."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.SEE_AUDIT)
    content = pack.take_out(case, language=words.language(), by=request.user)
    return download([content], f"{case.reference}-record.zip", "application/zip", size=len(content))


@case_action(Permission.WORK_CASES, section="carried-out")
def lift(request: DeskRequest, case: Case) -> str:
    """Tell the person that the restriction ends, and on which day."""
    try:
        day = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        raise Refusal("lifting-too-early") from None
    lift_restriction(case, on=day, reason=written_reason(request), by=request.user)
    return _("The person is told by mail. On that day the restriction ends by itself.")


@require_POST
@recently
def posted_code(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The letter with a code, to be printed and posted; then the case page has a button to say that it was."""
    case = find_case(request.user, reference)
    require(request.user, case.operator, Permission.WORK_CASES)
    lines = tuple(filter(None, map(str.strip, request.POST.get("address", "")[:400].splitlines())))
    try:
        if not lines:
            raise Refusal("letter-address")
        agreed = request.POST.get("agreed") == "on"
        letter = write_letter(case, address=lines, by=request.user, agreed=agreed)
    except (Refusal, pdf.PangoMissing) as problem:
        messages.error(request, problem.message if isinstance(problem, Refusal) else str(problem))
        return redirect(f"{case.get_absolute_url()}#person")
    return pdf_response(letter, f"{case.reference}-code.pdf", attached=True)


@case_action(Permission.WORK_CASES, section="person")
def code_posted(request: DeskRequest, case: Case) -> str:
    posted_codes.note_posted(case, by=request.user)
    return _("Noted: the letter is in the post. The code counts from today.")


@case_action(Permission.WORK_CASES, section="deceased")
def outside(request: DeskRequest, case: Case) -> str:
    """Tell whoever asked for somebody who died that the law does not reach, and what the estate can ask."""
    close_outside(case, by=request.user)
    return _("The case is closed, and whoever asked has a letter that says why and what the estate can ask.")


@case_action(Permission.WORK_CASES, section="clock")
def extend(request: DeskRequest, case: Case) -> str:
    ground = request.POST.get("ground", "")
    extension.extend(case, ground=ground, reason=written_reason(request), by=request.user)
    return _("Extended. The person is told why.")


@case_action(Permission.WORK_CASES, section="person")
def ask_identity(request: DeskRequest, case: Case) -> str:
    identity.ask(case, by=request.user, told=_told(request))
    if not case.submission.is_mailed:
        return _(
            "Written down as asked, and the letter stands on their page. The clock waits if this came in time."
        )
    return _("Asked, by letter and mail. The clock waits for the answer if this came in time.")


def _told(request: DeskRequest) -> bool:
    return request.POST.get("told") == "on"


@case_action(Permission.WORK_CASES, section="person")
def ask_papers(request: DeskRequest, case: Case) -> str:
    doubt = request.POST.get("ask-doubt", "")[:LONGEST]
    waits = identity.ask_papers(case, doubt=doubt, by=request.user, told=_told(request))
    if not case.submission.is_mailed:
        return (
            _("Written down as asked. The clock waits.")
            if waits
            else _("Written down as asked. The clock runs on.")
        )
    return (
        _("Asked by mail. The clock waits for the papers.")
        if waits
        else _("Asked by mail. The clock runs on.")
    )


@require_http_methods(["GET", "POST"])
@staff
def close_unidentified(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The page on which a caseworker closes a case in which nobody proved who asks, or for whom."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    said = Weighed(
        heading=_("Close: nobody proved who asks")
        if case.stage != "matching"
        else _("Close: the authority is not shown"),
        follows=[
            _("The request is not answered. Whoever asked gets a letter that says why, and how to complain."),
            _("What they typed is erased on %(day)s.") % {"day": words.day(identity.erased_on(case))},
            _("Until then the case can be opened again. They can also ask anew at any time."),
        ],
        submit=_("Close and send the letter"),
        back=f"{case.get_absolute_url()}#main",
        stopped=_sentence(unproven.keeps_from_closing(case)),
        more={"case": case},
    )
    form = TriedForm(request.POST if request.method == "POST" else None)
    return weighed(request, said, form, lambda chosen: _close(request, case, chosen["reason"]))


def _sentence(refusal: Refusal | None) -> str:
    return refusal.message if refusal else ""


def _close(request: DeskRequest, case: Case, reason: str) -> str:
    identity.close(case, reason=reason, by=request.user)
    return _("The case is closed as not identified, and whoever asked gets a letter.")


@case_action(Permission.SEE_SECRET, section="data")
def assess_cleared(request: DeskRequest, case: Case) -> str:
    cleared.assess_cleared(case, by=request.user)
    return _("Judged with everything you are cleared for. Only cleared officers see this.")


@case_action(Permission.SEE_SECRET, section="cleared")
def seal_annex(request: DeskRequest, case: Case) -> str:
    sealed_annex.seal(case, language=words.language(), by=request.user)
    return _("Sealed as it is now. Another cleared officer reads it and approves it.")


@case_action(Permission.APPROVE_CLEARED, section="cleared")
def approve_annex(request: DeskRequest, case: Case, number: int) -> str:
    kept = get_object_or_404(Annex, case=case, number=number)
    sealed_annex.approve(kept, by=request.user, sha256=request.POST.get("sha256", ""))
    return _("Approved: these bytes and no others.")


@require_GET
@recently
def kept_annex(request: DeskRequest, reference: str, number: int) -> HttpResponseBase:
    """A sealed annex as a file; that it was read is in the cleared stream."""
    case = find_case(request.user, reference)
    require(request.user, case.operator, Permission.SEE_SECRET)
    kept = get_object_or_404(Annex.objects.select_related("case__operator"), case=case, number=number)
    try:
        content = sealed_annex.read(kept, by=request.user)
    except (Refusal, KeyDestroyed, FileNotFoundError):
        raise Http404 from None
    return pdf_response(content, f"{case.reference}-annex-{number}.pdf", attached=True)


@require_GET
@recently
def cleared_annex(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The annex as a file; the same 403 for everybody without clearance, whatever the case holds."""
    case = find_case(request.user, reference)
    require(request.user, case.operator, Permission.SEE_SECRET)
    try:
        written = annex.read_annex(case, language=words.language(), by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(case.get_absolute_url())
    return pdf_response(written, f"{case.reference}-annex.pdf", attached=True)

"""The letter for the post at the desk: a form for the address, which is in no address bar and is not kept."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases.casework.workflow import Refusal
from cases.desk.scope import DeskRequest, deny_unless, find_case, recently
from cases.sealed.vault import KeyDestroyed
from cases.web.fields import TextField
from cases.web.pdfs import pdf_response
from exports import delivery
from exports.fetching import post as printing
from exports.models import Answer

LINES, LONGEST = 7, 400


class AddressForm(forms.Form):
    """Name and address, a line each."""

    address = TextField(
        max_length=LONGEST,
        missing=gettext_lazy("Write name and address."),
        label=gettext_lazy("Name and address, a line each"),
        widget=forms.Textarea,
        attrs={"rows": LINES},
    )

    def clean_address(self) -> list[str]:
        lines = [line.strip() for line in str(self.cleaned_data["address"]).splitlines() if line.strip()]
        if len(lines) > LINES:
            raise forms.ValidationError(_("The window has room for seven lines."))
        return lines


@require_http_methods(["GET", "POST"])
@recently
def post(request: DeskRequest, reference: str, version: int) -> HttpResponseBase:
    """The form; posted, the PDF. That it was printed is recorded."""
    case = find_case(request.user, reference)
    deny_unless(delivery.may_read(request.user, case.operator_id))
    answer = get_object_or_404(Answer.objects.select_related("case__operator"), case=case, version=version)
    form = AddressForm(request.POST if request.method == "POST" else None, initial=_initial(answer))
    try:
        if form.is_valid():
            address = form.cleaned_data["address"]
            content = printing.print_ready(answer, address=address, by=request.user)
            return pdf_response(content, f"{case.reference}-post.pdf", attached=True)
    except (Refusal, KeyDestroyed) as why:
        messages.warning(
            request, why.message if isinstance(why, Refusal) else _("The package has been destroyed.")
        )
        return redirect(f"{case.get_absolute_url()}#answer")
    status = 422 if form.errors else 200
    return render(request, "desk/answer/post.html", {"case": case, "form": form}, status=status)


def _initial(answer: Answer) -> dict[str, Any]:
    try:
        return {"address": "\n".join(printing.address_known(answer))}
    except KeyDestroyed:
        return {}

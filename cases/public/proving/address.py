"""Another address for the answer: typed on the status page, and used once the code that lies there was entered."""

import base64
import binascii

import pyrage
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.casework.workflow import Refusal
from cases.identity.contact import correcting
from cases.identity.mailed_codes import sending
from cases.models import Operator
from cases.public.entry import public
from cases.public.pacing import CODES, TRIES, held_up
from cases.public.proving.proof_forms import AddressForm, CodeForm
from cases.public.status import opened_submission, to_status
from cases.sealed.typed import reply_address
from cases.sealed.vault import seal_for_operator, unseal_for_operator

KEY = "address"


@public
def address(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Type the new address; a code is mailed to it."""
    submission = opened_submission(request, operator)
    if submission is None:
        return to_status(request, operator)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if wait := held_up(request, operator, CODES):
            form.add_error(None, wait)
        else:
            try:
                typed = correcting.ask_for_code(submission, form.cleaned_data["address"])
            except Refusal as refusal:
                form.add_error("address", refusal.message)
            else:
                _keep(request, typed)
                return redirect("public:address_code", operator.pk)
    return render(request, "public/address.html", {"form": form, "email": reply_address(submission)})


@public
def address_code(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Enter the code from the new mailbox."""
    submission, typed = opened_submission(request, operator), _kept(request)
    if submission is None or not typed:
        return redirect("public:address", operator.pk) if submission else to_status(request, operator)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            if wait := held_up(request, operator, TRIES):
                form.add_error("code", wait)
            else:
                again = correcting.enter_code(submission, typed, form.cleaned_data["code"])
                request.session.pop(KEY, None)
                messages.success(request, _corrected(again))
                return redirect("public:requests", operator.pk)
        except Refusal as refusal:
            form.add_error("code", refusal.message)
    how_far = sending(submission, purpose=correcting.PURPOSE)
    return render(request, "public/address_code.html", {"form": form, "email": typed, "sending": how_far})


def _corrected(again: int) -> str:
    said = _("From now on we write to your new address.")
    if not again:
        return said
    sent = ngettext(
        "The mail that did not reach you goes there now.",
        "The %(count)s mails that did not reach you go there now.",
        again,
    )
    return f"{said} {sent % {'count': again}}"


def _keep(request: HttpRequest, typed: str) -> None:
    # Sealed: a session lies readable in the database. And it is JSON, which has no bytes.
    request.session[KEY] = base64.b64encode(seal_for_operator(typed.encode())).decode()


def _kept(request: HttpRequest) -> str:
    try:
        return unseal_for_operator(base64.b64decode(request.session[KEY])).decode()
    except (KeyError, ValueError, binascii.Error, pyrage.DecryptError):
        return ""

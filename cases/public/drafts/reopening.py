"""A request that was begun in another browser, or before this one forgot: taken up again by a mailed code."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from cases.models import Operator
from cases.public.drafts.draft import Draft, is_open, keep_draft, let_in, open_draft, take_typed
from cases.public.entry import public
from cases.public.pacing import CODES, TRIES, held_up
from cases.public.proving.proof_forms import CodeForm
from cases.request import drafts


@public
@transaction.atomic
def reopen(request: HttpRequest, operator: Operator, draft: UUID) -> HttpResponse:
    """Have a code mailed to the address that was typed into it, and enter the code."""
    if is_open(request, operator, draft) or not drafts.is_kept(operator, draft):
        return redirect("public:check", operator.pk, draft)
    if request.method == "POST" and "code" not in request.POST:
        return _mail(request, operator, draft)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if wait := held_up(request, operator, TRIES):
            form.add_error("code", wait)
        elif drafts.opens(operator, draft, form.cleaned_data["code"]):
            return _opened(request, operator, draft)
        else:
            form.add_error(
                "code", _("The code is wrong, or no longer holds. Check it, or ask for a new one.")
            )
    return render(request, "public/reopen.html", {"form": form, "draft": draft})


def _mail(request: HttpRequest, operator: Operator, name: UUID) -> HttpResponse:
    if wait := held_up(request, operator, CODES):
        messages.warning(request, wait)
    else:
        drafts.ask_for_code(operator, name)
        messages.success(
            request, _("If an e-mail address stands in what was begun, six digits are on their way to it.")
        )
    return redirect("public:reopen", operator.pk, name)


def _opened(request: HttpRequest, operator: Operator, name: UUID) -> HttpResponse:
    """Where it was left, with what was typed into a page meanwhile."""
    # A session whose id was known before the proof must not be the one that is opened by it.
    request.session.cycle_key()
    let_in(request, operator, name)
    begun = open_draft(request, operator, name) or Draft(name)
    left = take_typed(request, begun)
    keep_draft(request, operator, begun)
    messages.success(request, _("Here is what you had begun. Nothing is lost."))
    return (
        redirect("public:step", operator.pk, name, left)
        if left
        else redirect("public:check", operator.pk, name)
    )

"""The code from a letter, and the asking for one: on the status page, for whoever has no electronic identity."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.casework.workflow import Refusal
from cases.identity.stepping_up import posted_codes
from cases.identity.stepping_up.waiting import would_open
from cases.models import Operator
from cases.models.case import Following
from cases.public.entry import public
from cases.public.status import open_status, opened_submission, to_status
from cases.request.once_more import prove_by_letter


@require_POST
@public
def letter(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Ask for a letter with a code; asking twice is asking once."""
    submission = opened_submission(request, operator)
    if submission is None:
        return to_status(request, operator)
    try:
        posted_codes.ask_for(submission)
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    else:
        if submission.safe_contact:
            told = _(
                "We ask you first, in the way you gave, whether a letter to your registered address is safe."
            )
        else:
            told = _(
                "We look up your address in the population register and post a letter with a code to it."
            )
        messages.success(request, told)
    return redirect("public:requests", operator.pk)


@require_POST
@public
def letter_code(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Enter the code from the letter."""
    submission = opened_submission(request, operator)
    if submission is None:
        return to_status(request, operator)
    level = posted_codes.proves(operator)
    opens = level is not None and would_open(submission, level)
    refusal, submission = prove_by_letter(submission, code=request.POST.get("code", "")[:40])
    if refusal is not None:
        messages.warning(request, refusal.message)
    else:
        if submission.channel == Following.ONCE_MORE:
            open_status(request, submission)
        messages.success(
            request,
            _("Thank you. You have shown who you are, and we gather the rest.")
            if opens
            else _("Thank you. You have shown who you are."),
        )
    return redirect("public:requests", operator.pk)

"""A code by text message, from the status page: a stronger proof, where the operator takes it for one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.casework.workflow import Refusal
from cases.identity.eid.configured import names_of
from cases.identity.mailed_codes import PER_DAY, PER_HOUR, Sending, sending
from cases.identity.stepping_up.waiting import would_open
from cases.identity.texting.codes import send_text_code
from cases.identity.texting.configured import gateway_of
from cases.identity.texting.proving import NUMBER, check_text_code, offered_number
from cases.models import Operator
from cases.public.entry import public
from cases.public.proving.proof_forms import CodeForm
from cases.public.status import opened_submission, to_status


@require_POST
@public
def send(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Send a code to the one number it may go to; past the limits nothing goes out, and that is said."""
    submission = opened_submission(request, operator)
    if submission is None:
        return to_status(request, operator)
    if offered_number(submission) is None:
        return redirect("public:requests", operator.pk)
    if not send_text_code(submission, purpose=NUMBER):
        told = _(
            "We have sent no further code: there are at most %(limit)s an hour, and %(day)s a day. Use the newest one, "
            "or wait."
        )
        messages.warning(request, told % {"limit": PER_HOUR, "day": PER_DAY})
    return redirect("public:text_code", operator.pk)


@public
def code(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Enter the code. How far its message is, is told as it is; there is always another way."""
    submission = opened_submission(request, operator)
    if submission is None:
        return to_status(request, operator)
    number = offered_number(submission)
    if number is None:
        return redirect("public:requests", operator.pk)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        gateway = gateway_of(operator.pk)
        opens = gateway is not None and would_open(submission, gateway.level)
        try:
            check_text_code(submission, form.cleaned_data["code"])
        except Refusal as refusal:
            form.add_error("code", refusal.message)
        else:
            messages.success(
                request,
                _("You have shown that the number is yours. What waited for it is gathered now.")
                if opens
                else _("You have shown that the number is yours."),
            )
            return redirect("public:requests", operator.pk)
    how_far = sending(submission, purpose=NUMBER)
    context = {
        "form": form,
        "number": number.masked,
        "sending": how_far,
        "stuck": how_far in (Sending.LATE, Sending.FAILED, Sending.NONE),
        "faces": names_of(operator.pk),
    }
    return render(request, "public/text_code.html", context)

"""The page of the code in a browser that did not send the request, or no longer knows: the code in hand is enough.

Whoever has the address alone learns nothing by it, not even whether there is such a request.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from cases.identity.knocks import is_late, knock
from cases.identity.mailed_codes import PER_HOUR
from cases.models import Knock, Operator, Submission
from cases.public.pacing import CODES, TRIES, held_up
from cases.public.proving.proof_forms import CodeForm
from cases.public.status import open_status, why_closed


def _found(operator: Operator, name: UUID) -> Submission:
    """The request of this address, or one that stands in for it."""
    return Submission.objects.filter(pk=name, operator=operator).first() or Submission(
        pk=name, operator=operator
    )


def code_alone(request: HttpRequest, operator: Operator, name: UUID) -> HttpResponse:
    """The code opens the request's own page, as it would by its reference."""
    submission, form = _found(operator, name), CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        refused = held_up(request, operator, TRIES) or why_closed(submission, form.cleaned_data["code"])
        if not refused:
            open_status(request, submission)
            messages.success(request, _("You have shown that the address is yours."))
            return redirect("public:requests", operator.pk)
        form.add_error("code", refused)
    context = {"draft": name, "form": form, "late": is_late()}
    return render(request, "public/code_alone.html", context)


def ask_alone(request: HttpRequest, operator: Operator, name: UUID) -> HttpResponse:
    """Another code, if there is anybody to mail it to. Told alike, request or none."""
    if wait := held_up(request, operator, CODES):
        messages.warning(request, wait)
    else:
        knock(_found(operator, name), Knock.About.CODE)
        told = _(
            "If there is such a request, and it has not had %(limit)s codes within the hour, a new one is on its way. "
            "Use the newest one."
        )
        messages.success(request, told % {"limit": PER_HOUR})
    return redirect("public:code", operator.pk, name)

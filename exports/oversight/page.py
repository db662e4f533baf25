"""The pages of the data protection officer: across cases, and of one case what was decided and why."""

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, deny_unless, operators_at, staff
from cases.models import Decision
from cases.models.case import Channel
from cases.web.signing_in import second_factor
from exports.models import Breach
from exports.oversight import lists, reasons


@staff
def overview(request: DeskRequest) -> HttpResponseBase:
    deny_unless(bool(operators_at(request, Permission.OVERSEE)))
    return render(request, "desk/oversight/overview.html", {"found": lists.overview(request.user)})


@require_http_methods(["GET", "POST"])
@staff
def case(request: DeskRequest, reference: str) -> HttpResponseBase:
    """GET tells the course of a case in codes and days; POST the reasons as well, and writes down who read them."""
    seen = lists.watched(request.user).select_related("operator", "submission")
    found = get_object_or_404(seen, reference=reference.upper())
    if request.method == "POST" and (elsewhere := second_factor.again(request)):
        return elsewhere
    context = {
        "case": found,
        "channel": Channel(found.submission.channel).label,
        "events": found.clock_events.all(),
        "changed": found.decisions.filter(status=Decision.Status.OVERRIDDEN).select_related("decided_by"),
        "disputes": found.disputes.all(),
        "breaches": Breach.objects.filter(answer__case=found),
        "reasons": reasons.read(found, by=request.user) if request.method == "POST" else None,
    }
    return render(request, "desk/oversight/case.html", context)

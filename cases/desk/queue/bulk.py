"""Several cases of the queue at once: given to somebody, or agreed with where nothing has to be looked at."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cases.assessment import deciding
from cases.casework import commands
from cases.casework.permissions import Permission, operators_for
from cases.casework.workflow import Refusal
from cases.desk.queue.listing import SIZE
from cases.desk.scope import DeskRequest, deny_unless, staff, visible_cases
from cases.models import Case, User


@require_POST
@staff
def several(request: DeskRequest) -> HttpResponseBase:
    """What was pressed, done to each of the ticked cases by itself; those that refuse are named with their reason."""
    operators = operators_for(request.user, Permission.WORK_CASES)
    deny_unless(operators.exists())
    ticked = request.POST.getlist("case")[:SIZE]
    cases = list(
        visible_cases(request.user).filter(reference__in=ticked, operator__in=operators).order_by("pk")
    )
    if not cases:
        messages.error(request, Refusal("nothing-ticked").message)
    elif request.POST.get("do") == "accept":
        _accept(request, cases)
    else:
        _assign(request, cases)
    back = QueryDict(request.POST.get("back", "")[:500]).urlencode()
    return redirect(f"{reverse('desk:queue')}?{back}")


def _accept(request: DeskRequest, cases: list[Case]) -> None:
    def accept(case: Case) -> None:
        deciding.confirm_all(case, by=request.user, unmarked=True)

    done = _each(request, cases, accept)
    if done:
        said = ngettext(
            "All proposals of %(count)s case are accepted.",
            "All proposals of %(count)s cases are accepted.",
            done,
        )
        messages.success(request, said % {"count": done})


def _assign(request: DeskRequest, cases: list[Case]) -> None:
    typed = request.POST.get("to", "")
    to = User.objects.filter(pk=typed, is_active=True).first() if typed.isdecimal() else None
    if typed and to is None:
        messages.error(request, Refusal("not-a-caseworker").message)
        return

    def assign(case: Case) -> None:
        if case.is_closed:
            raise Refusal("wrong-stage", stage=case.get_stage_display())
        commands.assign(case, to=to, by=request.user)

    done = _each(request, cases, assign)
    if done and to:
        said = ngettext(
            "%(count)s case is given to %(name)s.", "%(count)s cases are given to %(name)s.", done
        )
        messages.success(request, said % {"count": done, "name": to.get_username()})
    elif done:
        said = ngettext("%(count)s case is nobody's now.", "%(count)s cases are nobody's now.", done)
        messages.success(request, said % {"count": done})


def _each(request: DeskRequest, cases: list[Case], deed: Callable[[Case], None]) -> int:
    """How many were done. A case that was refused keeps none of the others."""
    refused: dict[str, list[str]] = {}
    for case in cases:
        try:
            deed(case)
        except Refusal as refusal:
            refused.setdefault(refusal.message, []).append(case.reference)
    for sentence, references in refused.items():
        left = _("Left as they were: %(references)s.") % {"references": ", ".join(references)}
        messages.warning(request, f"{sentence} {left}")
    return len(cases) - sum(map(len, refused.values()))

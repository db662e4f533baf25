"""What comes after an erasure: what a person erases, rows that came to light later, and their second pass."""

from typing import Any

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from cases.assessment.over_retained import kept_too_long
from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, case_action
from cases.execution import deeds
from cases.execution.amendments.meanwhile import LIMIT
from cases.execution.erasure import second_pass as secondpass
from cases.execution.erasure.erasable import LATER_BY_HAND
from cases.models import Case, LaterRows, User
from cases.models.case import Stage
from cases.orders.cleared import found_with_clearance


def with_clearance(case: Case, can: frozenset[Permission], user: User) -> dict[str, Any]:
    """What the case page shows cleared officers besides: later rows, rows kept too long, what their judging found."""
    if Permission.SEE_SECRET not in can:
        return {}
    return {
        "secret_later_rows": LaterRows.everything.filter(case=case, secret=True, rows__gt=0),
        "kept_too_long": bool(kept_too_long(case)),
        "found_with_clearance": found_with_clearance(case, by=user),
        "confirmed_annex": _confirmed(case),
    }


def _confirmed(case: Case) -> Any:
    """The annex whose approval settles what cleared officers have to look at; None where more was gathered since."""
    gathered = case.runs.aggregate(last=Max("touched_at"))["last"]
    return (
        case.annexes.exclude(approved_at=None).filter(prepared_at__gte=gathered).first() if gathered else None
    )


def followed(case: Case, can: frozenset[Permission]) -> dict[str, Any]:
    """What the case page shows: rows that came later, as far as everybody may know.

    ``by_hand``: the tasks for what no connector can do, the open ones and those that are done, with who did them.
    """
    over = case.stage in (Stage.DELIVERY, Stage.CLOSED)
    return {
        "by_hand": case.tasks.filter(deeds.BY_HAND | Q(kind__in=(LATER_BY_HAND, LIMIT)), order=None),
        "later_rows": secondpass.later_rows(case),
        "not_asked": case.later_rows.filter(asked_at=None).exclude(error="") if over else (),
        "second_pass": secondpass.begun(case),
        "may_start_second_pass": over and Permission.WORK_CASES in can,
    }


@case_action(Permission.WORK_CASES, section="carried-out")
def second_pass(request: DeskRequest, case: Case) -> str:
    again = secondpass.start(case, by=request.user)
    return _("The second pass has begun: case %(reference)s.") % {"reference": again.reference}

"""What comes after an erasure: what a person erases, rows that came to light later, and their second pass."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, case_action
from cases.execution import deeds
from cases.execution.amendments.meanwhile import LIMIT
from cases.execution.erasure import second_pass as secondpass
from cases.execution.erasure.erasable import LATER_BY_HAND
from cases.models import Case, LaterRows, OverRetained
from cases.models.case import Stage


def followed(case: Case, can: frozenset[Permission]) -> dict[str, Any]:
    """What the case page shows: later rows everybody may know of, for cleared officers the others too.

    ``by_hand``: the tasks for what no connector can do, the open ones and those that are done, with who did them.
    """
    over = case.stage in (Stage.DELIVERY, Stage.CLOSED)
    # The plain manager leaves out what only cleared officers may know of.
    secret = LaterRows.everything.filter(case=case, secret=True, rows__gt=0)
    kept_too_long = OverRetained.objects.filter(case=case, erased_at=None)
    return {
        "by_hand": case.tasks.filter(deeds.BY_HAND | Q(kind__in=(LATER_BY_HAND, LIMIT)), order=None),
        "later_rows": secondpass.later_rows(case),
        "not_asked": case.later_rows.filter(asked_at=None).exclude(error="") if over else (),
        "second_pass": secondpass.begun(case),
        "may_start_second_pass": over and Permission.WORK_CASES in can,
        "secret_later_rows": secret if Permission.SEE_SECRET in can else (),
        "kept_too_long": kept_too_long.exists() if Permission.SEE_SECRET in can else False,
    }


@case_action(Permission.WORK_CASES, section="carried-out")
def second_pass(request: DeskRequest, case: Case) -> str:
    again = secondpass.start(case, by=request.user)
    return _("The second pass has begun: case %(reference)s.") % {"reference": again.reference}

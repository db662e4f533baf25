"""Commands about the case as a whole: who works it, and its clock."""

from django.utils.translation import gettext as _

from cases.casework import case_clock, commands
from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, case_action
from cases.models import Case


@case_action(Permission.WORK_CASES, section="main")
def assign(request: DeskRequest, case: Case) -> str:
    mine = request.POST.get("to") == "me"
    commands.assign(case, to=request.user if mine else None, by=request.user)
    return _("The case is yours.") if mine else _("The case is nobody's now.")


@case_action(Permission.WORK_CASES, section="clock")
def resume(request: DeskRequest, case: Case) -> str:
    case_clock.resume(case, by=request.user)
    return _("The clock runs again.")

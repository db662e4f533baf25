"""What is stopped for the person of a case, and noting that the person has said yes again."""

from django.utils.translation import gettext as _

from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, case_action, written_reason
from cases.execution.objections import stoplist
from cases.models import Case


@case_action(Permission.WORK_CASES, section="stopped")
def end(request: DeskRequest, case: Case, channel: str) -> str:
    stoplist.end(case, channel=channel, reason=written_reason(request), by=request.user)
    return _("Noted. The person is no longer on the stop list for this.")

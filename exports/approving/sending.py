"""Buttons about data that go straight to another provider."""

from django.utils.translation import gettext as _

from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, case_action
from cases.models import Case
from exports.porting import choosing, sending


@case_action(Permission.WORK_CASES, section="answer")
def choose(request: DeskRequest, case: Case) -> str:
    chosen = request.POST.get("receiver", "")
    choosing.choose(case, chosen, by=request.user)
    if not chosen:
        return _("Noted: the person alone gets the data.")
    return _("Noted: the data also go straight there, once the answer is approved.")


@case_action(Permission.WORK_CASES, section="answer")
def try_again(request: DeskRequest, case: Case) -> str:
    sending.try_again(case, by=request.user)
    return _("It is being sent again now.")


@case_action(Permission.WORK_CASES, section="answer")
def give_up(request: DeskRequest, case: Case) -> str:
    sending.give_up(case, by=request.user)
    return _(
        "The person gets the data alone, and the receipt says that the other provider did not confirm them."
    )

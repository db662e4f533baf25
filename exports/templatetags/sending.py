"""What the case page shows of data that go straight to another provider."""

from dataclasses import dataclass

from django import template

from cases.models import Case
from cases.request.receivers import receivers_of
from cases.sealed.vault import KeyDestroyed
from exports.answer.elsewhere import receiver_asked, receiver_name
from exports.models import Transfer
from exports.porting.choosing import may_choose

register = template.Library()


@dataclass(frozen=True)
class Sending:
    """``choices``: receivers by key, for as long as one may be chosen."""

    chosen: str
    name: str
    choices: dict[str, str]
    transfer: Transfer | None


@register.simple_tag
def sending_of(case: Case) -> Sending | None:
    """None where nothing is to be said of it."""
    choices = (
        {key: one.name for key, one in receivers_of(case.operator_id).items()} if may_choose(case) else {}
    )
    try:
        chosen, name = receiver_asked(case), receiver_name(case)
    except KeyDestroyed:
        return None
    sent = Transfer.objects.filter(answer__case=case).order_by("-answer__version").first()
    return Sending(chosen, name, choices, sent) if chosen or choices else None

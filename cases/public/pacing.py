"""Doors of the public pages slow down where much comes from one network or for one mailbox in a day.

Over the pace a browser waits some minutes and is let in then, whatever others in its network do meanwhile: thousands
may share an address. Nobody is refused for good, and the page names another way.
"""

from collections.abc import Iterable
from datetime import timedelta
from math import ceil

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.casework import attempts
from cases.casework.attempts import Pace
from cases.casework.operators import register_of
from cases.models import Operator
from cases.web.networks import network_of

FIRST, LONGEST = timedelta(minutes=1), timedelta(minutes=15)
REQUESTS = Pace("request", free=20, first_wait=FIRST, longest_wait=LONGEST)
REQUESTS_FOR_MAILBOX = Pace("request-mailbox", free=30, first_wait=FIRST, longest_wait=LONGEST)
CODES = Pace("code", free=40, first_wait=FIRST, longest_wait=LONGEST)
TRIES = Pace("try", free=100, first_wait=FIRST, longest_wait=LONGEST)
# Never seen and never read out: whoever fills it in fills in everything.
TRAP = "website"


def held_up(request: HttpRequest, operator: Operator, pace: Pace, *, mailbox: str = "") -> str:
    """Why to wait, in a sentence, or "" where the visitor may go on, which is counted then."""
    counted = [(pace, network_of(request))]
    if mailbox:
        counted.append((REQUESTS_FOR_MAILBOX, mailbox))
    counted = [(each, key) for each, key in counted if key]
    now, waits = timezone.now(), f"wait:{operator.pk}:{pace.door}"
    until = request.session.get(waits)
    if until is None:
        wait = _wait(request, operator, counted)
        until = (now + wait).timestamp()
        if wait:
            request.session[waits] = until
    if until > now.timestamp():
        return _sentence(operator, ceil((until - now.timestamp()) / 60))
    request.session.pop(waits, None)
    for each, key in counted:
        attempts.note(each, operator.pk, key)
    return ""


def _wait(request: HttpRequest, operator: Operator, counted: Iterable[tuple[Pace, str]]) -> timedelta:
    trapped = FIRST if request.POST.get(TRAP) else timedelta(0)
    waits = (each.wait_after(attempts.tries(each, operator.pk, key)) for each, key in counted)
    return max((trapped, *waits))


def _sentence(operator: Operator, minutes: int) -> str:
    told = _(
        "Much comes in from your network or for this address today. Send it again in %(minutes)s min."
    ) % {"minutes": minutes}
    who = register_of(operator).controller
    ways = ", ".join(filter(None, (who.email, who.phone)))
    return f"{told} {_('You can also reach us here: %(ways)s.') % {'ways': ways}}" if ways else told

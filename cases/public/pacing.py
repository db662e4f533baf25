"""Doors of the public pages ask for proof first, and then slow down, where much comes in a day.

From one network or for one mailbox: over the first number a request is taken as any other, and nobody at the desk sees
it before it is proven. Far above that a browser waits some minutes and is let in then, whatever others in its network
do meanwhile: thousands may share an address. Nobody is refused for good, and the page names another way.
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
REQUESTS = Pace("request", free=200, first_wait=FIRST, longest_wait=LONGEST)
REQUESTS_FOR_MAILBOX = Pace("request-mailbox", free=60, first_wait=FIRST, longest_wait=LONGEST)
# So many requests a day are taken without more.
TRUSTED_FROM_NETWORK, TRUSTED_FOR_MAILBOX = 20, 5
# Begun, and perhaps never sent: each is a row for a day.
DRAFTS = Pace("draft", free=400, first_wait=FIRST, longest_wait=LONGEST)
CODES = Pace("code", free=40, first_wait=FIRST, longest_wait=LONGEST)
MESSAGES = Pace("message", free=60, first_wait=FIRST, longest_wait=LONGEST)
TRIES = Pace("try", free=100, first_wait=FIRST, longest_wait=LONGEST)
# Never seen and never read out: whoever fills it in fills in everything.
TRAP = "website"


def is_proof_first(request: HttpRequest, operator: Operator, *, mailbox: str) -> bool:
    """Whether a request has to be proven before anybody looks at it. To be asked before it is counted."""
    counted = ((REQUESTS, network_of(request), TRUSTED_FROM_NETWORK),
               (REQUESTS_FOR_MAILBOX, mailbox, TRUSTED_FOR_MAILBOX))  # fmt: skip
    much = any(key and attempts.tries(pace, operator.pk, key) >= most for pace, key, most in counted)
    return much or bool(request.POST.get(TRAP))


def held_up(request: HttpRequest, operator: Operator, pace: Pace, *, mailbox: str = "") -> str:
    """Why to wait, in a sentence, or "" where the visitor may go on, which is counted then."""
    counted = [(pace, network_of(request))]
    if mailbox:
        counted.append((REQUESTS_FOR_MAILBOX, mailbox))
    counted = [(each, key) for each, key in counted if key]
    now, waits = timezone.now(), f"wait:{operator.pk}:{pace.door}"
    until = request.session.get(waits)
    if until is None:
        wait = _wait(operator, counted)
        until = (now + wait).timestamp()
        if wait:
            request.session[waits] = until
    if until > now.timestamp():
        return _sentence(operator, ceil((until - now.timestamp()) / 60))
    request.session.pop(waits, None)
    for each, key in counted:
        attempts.note(each, operator.pk, key)
    return ""


def _wait(operator: Operator, counted: Iterable[tuple[Pace, str]]) -> timedelta:
    waits = (each.wait_after(attempts.tries(each, operator.pk, key)) for each, key in counted)
    return max(waits, default=timedelta(0))


def _sentence(operator: Operator, minutes: int) -> str:
    told = _(
        "Much comes in from your network or for this address today. Send it again in %(minutes)s min."
    ) % {"minutes": minutes}
    who = register_of(operator).controller
    ways = ", ".join(filter(None, (who.email, who.phone)))
    return f"{told} {_('You can also reach us here: %(ways)s.') % {'ways': ways}}" if ways else told

"""By what a mail that comes back is known again: its row, and a keyed hash over it, in the addresses it goes out with.

Nothing of a person is in it. Whoever got the mail can read it and so forge a bounce of that one mail: all a bounce can
do is open a task for a person to look, and keep the mail for another address.
"""

import hmac
import re

from django.conf import settings

from cases.models import Operator, OutgoingMail
from cases.sealed.vault import digest

LENGTH = 20
# A row's id has 63 bits at most.
TOKEN = re.compile(rf"\b([0-9a-f]{{1,15}})-([0-9a-f]{{{LENGTH}}})\b")
# A message may name a few mails, never many.
MOST = 20


def _operator(mail: OutgoingMail) -> Operator:
    operator = mail.operator if mail.submission is None else mail.submission.operator
    assert operator is not None
    return operator


def token(mail: OutgoingMail) -> str:
    """Small letters, digits and one hyphen: what every server carries unchanged."""
    return f"{mail.pk:x}-{digest(_operator(mail).pk, 'mail', str(mail.pk))[:LENGTH]}"


def return_path(mail: OutgoingMail) -> str:
    """The sender on the envelope, to whom a server sends the mail back; "" where no mailbox for bounces is read."""
    if settings.BOUNCE_MAILBOX is None:
        return ""
    box, _at, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    return f"{box}+{token(mail)}@{domain}"


def mail_of(text: str) -> OutgoingMail | None:
    """The mail whose token stands in this text, if there is one and the token is ours."""
    mails = OutgoingMail.objects.select_related("operator", "submission__operator")
    for row, _hash in list(dict.fromkeys(TOKEN.findall(text)))[:MOST]:
        mail = mails.filter(pk=int(row, 16)).first()
        if mail is not None and hmac.compare_digest(token(mail), f"{row}-{_hash}"):
            return mail
    return None

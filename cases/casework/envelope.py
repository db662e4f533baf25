"""How a mail looks on its way: from the operator, answered where the operator reads, its words also as HTML."""

from collections.abc import Mapping
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from cases.casework.operators import register_of
from cases.models import Operator
from connectors.description.spelling import in_ascii

# RFC 3834: no answering machine answers, and no mailing list takes it for a person's.
AUTOMATIC = {"Auto-Submitted": "auto-generated"}


def enveloped(
    operator: Operator,
    subject: str,
    body: str,
    *,
    to: str,
    language: str,
    headers: Mapping[str, str] | None = None,
    token: str = "",
    return_path: str = "",
) -> EmailMultiAlternatives:
    """The mail as it is handed to the server. ValueError for an address that no server takes.

    ``token`` names it in its Message-ID, ``return_path`` on its envelope: by either it is known when it comes back.
    """
    if not to.isprintable():
        raise ValueError("an address has no line breaks")
    register = register_of(operator)
    sender = register.mail.sender or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    answers = register.mail.reply_to or register.controller.email
    # One line, whatever breaks lines in it: a second one would begin another head.
    written_by = formataddr((" ".join(operator.name.split()), sender))
    named = {"Message-ID": f"<{token}@{sender.rpartition('@')[2]}>"} if token else {}
    mail = EmailMultiAlternatives(
        subject,
        body,
        # The envelope's; the reader is shown the header.
        return_path or written_by,
        # With its domain as it is registered: Django would spell some domains as another one.
        [in_ascii(to)],
        reply_to=[answers] if answers else None,
        headers={"From": written_by, **named, **AUTOMATIC, **(headers or {})},
    )
    page = {"subject": subject, "body": body, "language": language}
    mail.attach_alternative(render_to_string("emails/page.html", page), "text/html")
    return mail

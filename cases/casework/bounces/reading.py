"""Bounces are read and shown on the case: one task a mail, however often a server says that it came back."""

import hashlib

import structlog
from django.conf import settings
from django.db import transaction

from cases.casework import mail, standstill
from cases.casework.bounces import mailbox, reports, tokens
from cases.models import Bounce, OutgoingMail

log = structlog.get_logger()


def read_mailbox() -> int:
    """Read what lies there, and take it out. Returns how many messages. Safe to repeat, and to be killed anywhere.

    What nobody can tie to a mail is set apart and counted; it never stops the rest.
    """
    # What came back after the backup was made is about mails that the restored desk may not know yet.
    if settings.BOUNCE_MAILBOX is None or standstill.stops("bounces"):
        return 0
    count = 0
    try:
        with mailbox.opened() as box:
            for uid, content in box.messages():
                # Noted first: what is taken out and not noted would be lost.
                (box.take_out if note(content) else box.set_apart)(uid)
                count += 1
    except mailbox.Unreachable as error:
        log.error("bounces.unreachable", kind=type(error).__name__)
    return count


@transaction.atomic
def note(content: bytes) -> bool:
    """Note one message. Returns whether it is a report about a mail of ours."""
    report = reports.read(content)
    about = tokens.mail_of(report.names) if report else None
    read, is_new = Bounce.objects.get_or_create(
        sha256=hashlib.sha256(content).hexdigest(), defaults={"mail": about}
    )
    if report is None or about is None:
        if is_new:
            log.warning("bounces.untied", number=read.pk)
        return False
    if report.failed:
        _failed(about, report.status)
    return True


def _failed(about: OutgoingMail, status: str) -> None:
    sent = OutgoingMail.objects.select_for_update(of=("self",)).filter(pk=about.pk, failed_at=None)
    if (found := sent.exclude(sent_at=None).first()) is not None:
        mail.fail(found, how="bounced", status=status)

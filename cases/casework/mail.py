"""Mail to the person who asks, and to owners of systems. It stands sealed in PostgreSQL until an SMTP server took it.

Then it is emptied. A kind is a pair of templates, ``emails/<kind>_subject.txt`` and ``emails/<kind>.txt``, rendered in
the case's language or the owner's. Subjects name the operator and the reference at most.
"""

import json
from datetime import timedelta
from typing import Any

import pyrage
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from cases.casework import audit
from cases.casework.dispatch import send
from cases.casework.envelope import enveloped
from cases.models import OutgoingMail, Submission, Task
from cases.sealed.vault import seal_for_operator, unseal_for_operator

# Half a minute, doubled up to an hour, for three days in all, as mail servers do.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=1)
MAX_ATTEMPTS = 80
FAILED = "mail-failed"


def queue(submission: Submission, kind: str, *, to: str, language: str = "", **context: Any) -> OutgoingMail:
    """Write a mail down and set it going when the transaction commits. In the person's language unless told."""
    context = {
        "operator": submission.operator,
        "submission": submission,
        "base_url": settings.BASE_URL,
        **context,
    }
    # Whoever set this off reads another language than whoever gets it, or none.
    language = language or submission.language
    with translation.override(language):
        # One line, whatever the template's and the names' line ends: a second one would begin another header.
        subject = " ".join(render_to_string(f"emails/{kind}_subject.txt", context).split())
        body = render_to_string(f"emails/{kind}.txt", context).strip() + "\n"
    content = {"to": to, "subject": subject, "body": body, "language": language}
    # To the master identity: a submission has several cases, and no key of its own.
    sealed = seal_for_operator(json.dumps(content).encode())
    mail = OutgoingMail.objects.create(submission=submission, kind=kind, sealed=sealed)
    transaction.on_commit(lambda: send("cases.tasks.send_mail", mail.pk))
    return mail


@transaction.atomic
def deliver(mail_id: int) -> bool:
    """Hand one waiting mail to the SMTP server. Returns False where it has gone, or another worker has it.

    A worker killed between the server's yes and the commit sends it twice; the other way it would be lost.
    """
    # Whoever has it locked is sending it; to wait for that would only keep this worker from other mails.
    free = OutgoingMail.objects.select_for_update(skip_locked=True, of=("self",))
    mail = free.select_related("submission__operator").filter(pk=mail_id, sent_at=None).first()
    if mail is None:
        return False
    mail.attempts += 1
    try:
        content = json.loads(unseal_for_operator(mail.sealed))
    except (ValueError, pyrage.DecryptError):
        # Sealed under another key, or damaged: no further try would help.
        mail.attempts = MAX_ATTEMPTS
        mail.save(update_fields=["attempts"])
        _give_up(mail)
        return False
    try:
        # A mail from before mails knew their language is in the person's.
        enveloped(mail.submission.operator, **{"language": mail.submission.language, **content}).send()
    except (OSError, ValueError):  # smtplib's errors are OSErrors; an address no server takes is a ValueError
        # The power is capped before it is multiplied: two to the eightieth quarter minutes don't fit into a timedelta.
        mail.next_try_at = timezone.now() + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(mail.attempts, 12))
        mail.save(update_fields=["attempts", "next_try_at"])
        if mail.attempts >= MAX_ATTEMPTS:
            _give_up(mail)
        return False
    mail.sent_at, mail.sealed = timezone.now(), b""
    mail.save(update_fields=["attempts", "sent_at", "sealed"])
    return True


def _give_up(mail: OutgoingMail) -> None:
    """Three days without success: a person has to find another way to reach whoever asked."""
    case = mail.submission.cases.select_related("operator").order_by("pk").first()
    if case is not None:
        Task.objects.get_or_create(
            operator=case.operator, case=case, kind=FAILED, detail=mail.kind, done_at=None
        )
        audit.record(case, "mail.failed", by=audit.SYSTEM, kind=mail.kind, attempts=mail.attempts)


def waiting() -> QuerySet[OutgoingMail]:
    """Mails whose time to try (again) has come, the one that has waited longest first."""
    due = OutgoingMail.objects.filter(
        sent_at=None, next_try_at__lte=timezone.now(), attempts__lt=MAX_ATTEMPTS
    )
    return due.order_by("next_try_at")

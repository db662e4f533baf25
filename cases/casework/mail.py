"""Mail to the person who asks, to owners of systems, and to staff.

It stands sealed in PostgreSQL until an SMTP server took it; then it is emptied. A kind is a pair of templates,
``emails/<kind>_subject.txt`` and ``emails/<kind>.txt``, rendered in the case's language, the owner's, or for staff the
operator's first. Subjects name the operator and the reference at most.
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

from cases.casework import audit, standstill
from cases.casework.dispatch import send
from cases.casework.envelope import enveloped
from cases.casework.operators import register_of
from cases.models import Case, Operator, OutgoingMail, Submission, Task
from cases.sealed.vault import seal_for_operator, unseal_for_operator

# Half a minute, doubled up to an hour, for three days in all, as mail servers do.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=1)
MAX_ATTEMPTS = 80
FAILED = "mail-failed"
# Who can be reached safely in one way only is mailed what was asked for a moment ago, and nothing else.
ASKED_FOR = frozenset({"code", "status_code"})
# What stands on the status page anyway, and what only warns: nobody has to bring it.
NOT_BROUGHT = frozenset({"receipt", "guesses"})
REACH = "reach-safely"


def queue(
    submission: Submission, kind: str, *, to: str, language: str = "", **context: Any
) -> OutgoingMail | None:
    """Write a mail down and set it going when the transaction commits. In the person's language unless told.

    None where somebody else may read the person's mails: a caseworker then has the task to tell them as they asked.
    """
    if submission.safe_contact and kind not in ASKED_FOR:
        _have_told(submission, kind, context.get("case"))
        return None
    context = {"operator": submission.operator, "submission": submission, **context}
    sealed = _sealed(kind, to, language or submission.language, context)
    return _set_going(OutgoingMail(submission=submission, kind=kind, sealed=sealed))


def _have_told(submission: Submission, kind: str, case: Case | None) -> None:
    about = case or submission.cases.select_related("operator").order_by("pk").first()
    if about is None or kind in NOT_BROUGHT:
        return
    # What was not told yesterday and today is one thing to tell.
    Task.objects.get_or_create(operator=about.operator, case=about, kind=REACH, detail=kind, done_at=None)
    audit.record(about, "mail.not-sent", by=audit.SYSTEM, kind=kind)


def queue_to_staff(operator: Operator, kind: str, *, to: str, **context: Any) -> OutgoingMail:
    """The same for a member of staff, about an account or a role."""
    language = register_of(operator).languages[0]
    sealed = _sealed(kind, to, language, {"operator": operator, **context})
    return _set_going(OutgoingMail(operator=operator, kind=kind, sealed=sealed))


def _sealed(kind: str, to: str, language: str, context: dict[str, Any]) -> bytes:
    context = {"base_url": settings.BASE_URL, **context}
    # Whoever set this off reads another language than whoever gets it, or none.
    with translation.override(language):
        # One line, whatever the template's and the names' line ends: a second one would begin another header.
        subject = " ".join(render_to_string(f"emails/{kind}_subject.txt", context).split())
        body = render_to_string(f"emails/{kind}.txt", context).strip() + "\n"
    content = {"to": to, "subject": subject, "body": body, "language": language}
    # To the master identity: a submission has several cases, and no key of its own.
    return seal_for_operator(json.dumps(content).encode())


def _set_going(mail: OutgoingMail) -> OutgoingMail:
    mail.save()
    transaction.on_commit(lambda: send("cases.tasks.send_mail", mail.pk))
    return mail


@transaction.atomic
def deliver(mail_id: int) -> bool:
    """Hand one waiting mail to the SMTP server. Returns False where it has gone, another worker has it, or the desk is
    held back.

    A worker killed between the server's yes and the commit sends it twice; the other way it would be lost.
    """
    if standstill.stops("mail"):
        return False
    # Whoever has it locked is sending it; to wait for that would only keep this worker from other mails.
    free = OutgoingMail.objects.select_for_update(skip_locked=True, of=("self",))
    mail = free.select_related("operator", "submission__operator").filter(pk=mail_id, sent_at=None).first()
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
        enveloped(_sender(mail), **{"language": _language(mail), **content}).send()
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


def _sender(mail: OutgoingMail) -> Operator:
    operator = mail.operator if mail.submission is None else mail.submission.operator
    assert operator is not None
    return operator


def _language(mail: OutgoingMail) -> str:
    """Of a mail from before mails knew their own."""
    return mail.submission.language if mail.submission else register_of(_sender(mail)).languages[0]


def _give_up(mail: OutgoingMail) -> None:
    """Three days without success: a person has to find another way to reach whoever asked."""
    if mail.submission is None:
        assert mail.operator is not None
        audit.record(mail.operator, "mail.failed", by=audit.SYSTEM, kind=mail.kind, attempts=mail.attempts)
        return
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

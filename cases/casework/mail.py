"""Mail to the person who asks, to owners of systems, and to staff.

It stands sealed in PostgreSQL until an SMTP server took it; then it is emptied, or some days later where the mailbox
for bounces is read: what comes back goes to a corrected address. A kind is a pair of templates,
``emails/<kind>_subject.txt`` and ``emails/<kind>.txt``, rendered in the case's language, the owner's, or for staff the
operator's first. Subjects name the operator and the reference at most.
"""

import json
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

import pyrage
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from cases.casework import audit, standstill
from cases.casework.bounces import refusals, tokens
from cases.casework.bounces.whose import is_rejected, mailbox_in_doubt
from cases.casework.dispatch import send
from cases.casework.envelope import enveloped
from cases.casework.operators import register_of
from cases.models import Case, Operator, OutgoingMail, Submission, Task
from cases.sealed.vault import seal_for_operator, unseal_for_operator

# Half a minute, doubled up to an hour, for three days in all, as mail servers do.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=1)
MAX_ATTEMPTS = 80
# How long a server tries before it sends a mail back: five days is usual (RFC 5321, 4.5.4.1).
MAY_COME_BACK = timedelta(days=6)
FAILED = "mail-failed"
TO_GO = Q(sent_at=None, failed_at=None, attempts__lt=MAX_ATTEMPTS)
# Written to others than whoever asked: no other address of theirs, and no way to reach them safely, changes that.
TO_OTHERS = frozenset({"owner"})
# Have run out when another address is known: they are asked for anew.
RUN_OUT = frozenset({"code", "status_code", "address_code", "guesses"})
NOT_AGAIN = RUN_OUT | TO_OTHERS | {"readdressed"}
# Who can be reached safely in one way only is mailed what was asked for a moment ago, and nothing else.
ASKED_FOR = frozenset({"code", "status_code", "address_code"})
# What stands on the status page anyway, and what only warns: nobody has to bring it.
NOT_BROUGHT = frozenset({"receipt", "guesses"})
REACH = "reach-safely"
# Who gave no address is told by post, or as they asked; the receipt as well, since no code opens the page it stands on.
TELL = "tell-otherwise"


def queue(
    submission: Submission,
    kind: str,
    *,
    to: str,
    language: str = "",
    case: Case | None = None,
    **context: Any,
) -> OutgoingMail | None:
    """Write a mail down and set it going when the transaction commits. In the person's language unless told.

    None where somebody else may read the person's mails, or they have no address: a caseworker then has the task to
    tell them in another way.
    """
    if not to or (submission.safe_contact and kind not in ASKED_FOR | TO_OTHERS):
        _have_told(submission, kind, case)
        return None
    register, language = register_of(submission.operator), language or submission.language
    about = {"operator": submission.operator, "submission": submission, "case": case}
    contact = " · ".join(filter(None, (register.controller.email, register.controller.phone)))
    # Where the person complains, by name: there are two countries, and who looks it up may find the wrong one.
    authority = register.authorities[0].name.get(language)
    context = {**about, "contact": contact, "authority": authority, **context}
    sealed = _sealed(kind, to, language, {"in_doubt": mailbox_in_doubt(submission), **context})
    return _set_going(OutgoingMail(submission=submission, case=case, kind=kind, sealed=sealed))


def _have_told(submission: Submission, kind: str, case: Case | None) -> None:
    about = case or submission.cases.select_related("operator").order_by("pk").first()
    if about is None or (submission.safe_contact and kind in NOT_BROUGHT):
        return
    task = REACH if submission.safe_contact else TELL
    # What was not told yesterday and today is one thing to tell.
    Task.objects.get_or_create(operator=about.operator, case=about, kind=task, detail=kind, done_at=None)
    audit.record(about, "mail.not-sent", by=audit.SYSTEM, kind=kind)


def queue_to_staff(operator: Operator, kind: str, *, to: str, **context: Any) -> OutgoingMail:
    """The same for a member of staff, about an account or a role."""
    return queue_to_visitor(operator, kind, to=to, language="", **context)


def queue_to_visitor(
    operator: Operator, kind: str, *, to: str, language: str, **context: Any
) -> OutgoingMail:
    """The same for somebody who has no request yet."""
    language = language or register_of(operator).languages[0]
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
    waits = free.select_related("operator", "submission__operator", "case__operator")
    mail = waits.filter(pk=mail_id, sent_at=None, failed_at=None).first()
    if mail is None:
        return False
    mail.attempts += 1
    try:
        content = json.loads(unseal_for_operator(mail.sealed))
        if mail.submission and mail.kind not in ASKED_FOR and is_rejected(mail.submission, content["to"]):
            fail(mail, how="rejected")
            return False
        _hand_over(mail, content)
    except pyrage.DecryptError:
        # Sealed under another key, or damaged: no further try would help.
        fail(mail, how="unreadable")
        return False
    except (
        OSError,
        ValueError,
    ) as error:  # smtplib's are OSErrors; an address no server takes is a ValueError
        _try_again(mail, error)
        return False
    mail.sent_at = timezone.now()
    if not _may_come_back(mail):
        mail.sealed = b""
    mail.save(update_fields=["attempts", "sent_at", "sealed"])
    return True


def _hand_over(mail: OutgoingMail, content: dict[str, Any]) -> None:
    known_by = {"token": tokens.token(mail), "return_path": tokens.return_path(mail)}
    enveloped(_sender(mail), **{"language": _language(mail), **content, **known_by}).send()


def _try_again(mail: OutgoingMail, error: Exception) -> None:
    """Later, unless the server said that it never will, or three days are over."""
    # The power is capped before it is multiplied: two to the eightieth quarter minutes don't fit into a timedelta.
    mail.next_try_at = timezone.now() + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(mail.attempts, 12))
    mail.save(update_fields=["attempts", "next_try_at"])
    if status := refusals.for_good(error):
        fail(mail, how="refused", status=status)
    elif mail.attempts >= MAX_ATTEMPTS:
        fail(mail, how="given-up")


def _may_come_back(mail: OutgoingMail) -> bool:
    return bool(settings.BOUNCE_MAILBOX and mail.submission_id and mail.kind not in NOT_AGAIN)


def _sender(mail: OutgoingMail) -> Operator:
    operator = mail.operator if mail.submission is None else mail.submission.operator
    assert operator is not None
    return operator


def _language(mail: OutgoingMail) -> str:
    """Of a mail from before mails knew their own."""
    return mail.submission.language if mail.submission else register_of(_sender(mail)).languages[0]


def fail(mail: OutgoingMail, *, how: str, status: str = "") -> None:
    """It arrives nowhere: a task at once. A person finds another way to reach whoever asked, or another address.

    ``how``: refused, bounced, given-up, unreadable, rejected (the mailbox is not the person's).
    """
    mail.failed_at = timezone.now()
    # Without a request nobody sends it again, and no file's end would empty it.
    if mail.submission is None:
        mail.sealed = b""
    mail.save(update_fields=["attempts", "failed_at", "sealed"])
    told: dict[str, Any] = {"kind": mail.kind, "attempts": mail.attempts, "how": how, "status": status}
    if mail.submission is None:
        assert mail.operator is not None
        audit.record(mail.operator, "mail.failed", by=audit.SYSTEM, **told)
        return
    about = mail.case or mail.submission.cases.select_related("operator").order_by("closed_at", "pk").last()
    if about is not None:
        Task.objects.get_or_create(
            operator=about.operator, case=about, kind=FAILED, detail=mail.kind, done_at=None
        )
        audit.record(about, "mail.failed", by=audit.SYSTEM, **told)


def send_again(submission: Submission, *, to: str) -> int:
    """What did not arrive goes to another address, as mails of their own; their tasks are done. Returns how many."""
    failed = submission.mails.select_for_update(of=("self",)).exclude(failed_at=None)
    again = failed.exclude(sealed=b"").exclude(kind__in=NOT_AGAIN)
    gone = [mail for mail in again.order_by("pk") if _send_again(mail, to)]
    # What came back after it was emptied cannot go again: its task stays, for a person to tell what stood in it.
    told = [Q(detail=mail.kind) & (Q(case=mail.case_id) if mail.case_id else Q()) for mail in gone]
    settled = reduce(or_, told, Q(detail__in=RUN_OUT))
    Task.objects.filter(settled, case__submission=submission, kind=FAILED, done_at=None).delete()
    return len(gone)


def _send_again(mail: OutgoingMail, to: str) -> bool:
    try:
        content = {**json.loads(unseal_for_operator(mail.sealed)), "to": to}
    except pyrage.DecryptError:
        return False
    sealed = seal_for_operator(json.dumps(content).encode())
    _set_going(OutgoingMail(submission=mail.submission, case=mail.case, kind=mail.kind, sealed=sealed))
    mail.sealed = b""
    mail.save(update_fields=["sealed"])
    return True


def forget_arrived() -> int:
    """Empty what no server sends back any more, and what failed and belongs to no request. Returns how many."""
    arrived = Q(sent_at__lt=timezone.now() - MAY_COME_BACK, failed_at=None)
    failed = Q(failed_at__isnull=False, submission=None)
    return OutgoingMail.objects.filter(arrived | failed).exclude(sealed=b"").update(sealed=b"")


def waiting() -> QuerySet[OutgoingMail]:
    """Mails whose time to try (again) has come, the one that has waited longest first."""
    return OutgoingMail.objects.filter(TO_GO, next_try_at__lte=timezone.now()).order_by("next_try_at")

"""Telling the recipients that `notices` wrote down: by mail or web service, again and again until it worked."""

from datetime import timedelta
from typing import Any

import httpx
import pyrage
from django.core.mail.utils import DNS_NAME
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from cases.casework import audit, standstill
from cases.casework.envelope import enveloped
from cases.casework.operators import register_of_case
from cases.casework.workflow import lock, wake
from cases.execution.recipients.notices import TASK, content_of, open_task
from cases.models import RecipientNotice, Task
from cases.registers.categories import CATEGORIES

Channel, Status = RecipientNotice.Channel, RecipientNotice.Status
FIRST_WAIT, LONGEST_WAIT, MAX_ATTEMPTS = timedelta(seconds=15), timedelta(hours=1), 80
TIMEOUT = 10.0  # seconds


def waiting() -> QuerySet[RecipientNotice]:
    """Notices whose time to try (again) has come."""
    due = RecipientNotice.objects.filter(status=Status.WAITING, next_try_at__lte=timezone.now())
    return due.exclude(channel=Channel.BY_HAND).order_by("next_try_at")


@transaction.atomic
def tell(notice_id: int) -> bool:
    """Tell one recipient. False where it was told before, its time to try has not come, another worker is at it, the
    desk is held back, or it did not work this time."""
    if standstill.stops("recipient"):
        return False
    notice = (
        RecipientNotice.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("case__operator", "case__register")
        .filter(pk=notice_id, status=Status.WAITING, next_try_at__lte=timezone.now())
        .exclude(channel=Channel.BY_HAND)
        .first()
    )
    if notice is None:
        return False
    notice.attempts += 1
    try:
        content = content_of(notice)
    except (ValueError, pyrage.DecryptError) as error:
        # Sealed under another key, or damaged: no further try would help.
        notice.attempts = MAX_ATTEMPTS
        _again(notice, type(error).__name__)
        return False
    try:
        _send(notice, content)
    except (OSError, ValueError, httpx.HTTPError, httpx.InvalidURL) as error:
        _again(notice, type(error).__name__)
        return False
    _note_told(notice)
    return True


def _send(notice: RecipientNotice, content: dict[str, Any]) -> None:
    """Raises OSError, ValueError or httpx.HTTPError where it did not arrive."""
    if notice.channel == Channel.MAIL:
        subject, body, language = _mail(notice, content)
        # As with the header below: a mail that went out twice is one message to whoever reads it.
        message_id = f"<art19-{notice.case.reference}-{notice.pk}@{DNS_NAME}>"
        mail = enveloped(
            notice.case.operator,
            subject,
            body,
            to=notice.address,
            language=language,
            headers={"Message-ID": message_id},
        )
        mail.send()
        return
    sent = {"operator": notice.case.operator_id, "article": "19", **content}
    # A recipient that gets it twice, because we died before noting its yes, can tell by this header.
    headers = {"Idempotency-Key": f"{notice.case.reference}-{notice.pk}"}
    # No redirect: another address is not the recipient that the register names.
    answer = httpx.post(notice.address, json=sent, headers=headers, timeout=TIMEOUT, follow_redirects=False)
    if not answer.is_success:
        raise OSError(answer.status_code)


def _mail(notice: RecipientNotice, content: dict[str, Any]) -> tuple[str, str, str]:
    """Subject, body, language."""
    register = register_of_case(notice.case)
    language = register.languages[0]
    names = [
        (register.categories.get(key) or CATEGORIES[key]).name.get(language) for key in content["categories"]
    ]
    context = {
        **content,
        "categories": names,
        "operator": register.name,
        "contact": register.controller.email,
    }
    with translation.override(language):
        subject = " ".join(render_to_string("emails/recipient_subject.txt", context).split())
        return subject, render_to_string("emails/recipient.txt", context).strip() + "\n", language


def _note_told(notice: RecipientNotice, **told: Any) -> None:
    notice.status, notice.told_at, notice.sealed, notice.error = Status.TOLD, timezone.now(), b"", ""
    notice.save()
    where = {"recipient": notice.recipient, "channel": notice.channel}
    audit.record(notice.case, "recipient.told", by=audit.SYSTEM, **where, **told)
    wake(lock(notice.case_id))


def _again(notice: RecipientNotice, error: str) -> None:
    notice.error = error[:100]
    notice.next_try_at = timezone.now() + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(notice.attempts, 12))
    if notice.attempts >= MAX_ATTEMPTS:
        notice.status = Status.FAILED
        open_task(notice)
        audit.record(notice.case, "recipient.not-told", by=audit.SYSTEM, recipient=notice.recipient)
        wake(lock(notice.case_id))
    notice.save()


@transaction.atomic
def note_told_by_hand() -> int:
    """Recipients whose task a caseworker has done count as told, by that caseworker. Returns how many."""
    done = Task.objects.filter(
        case=OuterRef("case"), kind=TASK, detail=OuterRef("recipient"), done_at__isnull=False
    )
    locked = RecipientNotice.objects.select_for_update(skip_locked=True, of=("self",))
    told = list(
        locked.select_related("case__operator").filter(Exists(done)).exclude(status=Status.TOLD)[:500]
    )
    for notice in told:
        task = notice.case.tasks.select_related("done_by").filter(kind=TASK, detail=notice.recipient).last()
        notice.channel = Channel.BY_HAND
        # The clock notes it, when the caseworker may have gone home: the task has the name and the hour.
        _note_told(notice, **({"user": task.done_by_id} if task else {}))
    return len(told)

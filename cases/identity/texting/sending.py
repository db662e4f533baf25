"""A text message on its way: sealed in PostgreSQL until the gateway took it or refused it, emptied then.

A code is wanted within minutes: what the gateway has not taken after some tries is given up, and the page says so.
"""

import json
from datetime import timedelta

import pyrage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from cases.casework import audit, standstill
from cases.casework.dispatch import send
from cases.identity.texting.configured import gateway_of
from cases.identity.texting.gateway import NotTaken, hand_over
from cases.models import Submission, TextMessage
from cases.sealed.vault import seal_for_operator, unseal_for_operator

TASK = "cases.tasks.send_text"
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(minutes=5)
# Over a quarter of an hour in all.
MOST_TRIES = 8


def queue_text(submission: Submission, *, number: str, digest: str, code: str, minutes: int) -> TextMessage:
    """Write a message down and set it going when the transaction commits. In the person's language."""
    told = {"operator": submission.operator, "code": code, "minutes": minutes}
    with translation.override(submission.language):
        text = " ".join(render_to_string("texts/code.txt", told).split())
    sealed = seal_for_operator(json.dumps({"number": number, "text": text}).encode())
    message = TextMessage.objects.create(submission=submission, number_digest=digest, sealed=sealed)
    transaction.on_commit(lambda: send(TASK, message.pk))
    return message


@transaction.atomic
def deliver(message_id: int) -> bool:
    """Hand one waiting message to the gateway. False where it has gone, another worker has it, or it is not taken.

    A worker killed between the gateway's yes and the commit sends it twice, with the same key.
    """
    if standstill.stops("text-message"):
        return False
    free = TextMessage.objects.select_for_update(skip_locked=True, of=("self",)).select_related("submission")
    message = free.filter(pk=message_id, sent_at=None, given_up_at=None).first()
    if message is None:
        return False
    message.attempts += 1
    try:
        _hand_over(message)
    except NotTaken as refused:
        _not_taken(message, refused)
        return False
    message.sent_at, message.sealed = timezone.now(), b""
    message.save(update_fields=["attempts", "sent_at", "sealed"])
    return True


def _hand_over(message: TextMessage) -> None:
    gateway = gateway_of(message.submission.operator_id)
    if gateway is None:
        raise NotTaken("no-gateway", passing=True)
    try:
        content = json.loads(unseal_for_operator(message.sealed))
    except (ValueError, pyrage.DecryptError):
        # Sealed under another key, or damaged: no further try would help.
        raise NotTaken("unreadable", passing=False) from None
    hand_over(gateway, number=content["number"], text=content["text"], key=str(message.key))


def _not_taken(message: TextMessage, refused: NotTaken) -> None:
    if refused.passing and message.attempts < MOST_TRIES:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (message.attempts - 1))
        message.next_try_at = timezone.now() + wait
    else:
        message.given_up_at, message.sealed = timezone.now(), b""
        _record(message, refused.why)
    message.save(update_fields=["attempts", "next_try_at", "given_up_at", "sealed"])


def _record(message: TextMessage, why: str) -> None:
    case = message.submission.cases.select_related("operator").order_by("pk").first()
    if case is not None:
        audit.record(case, "text.failed", by=audit.SYSTEM, why=why, attempts=message.attempts)


def waiting() -> QuerySet[TextMessage]:
    """Messages whose time to try (again) has come, the one that has waited longest first."""
    due = TextMessage.objects.filter(sent_at=None, given_up_at=None, next_try_at__lte=timezone.now())
    return due.order_by("next_try_at")

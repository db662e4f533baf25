"""A request that somebody has begun. It lies here for a day, under a key of its own that is deleted with it.

Its address names it, and opens nothing: whoever began it has it open in their session, and anybody else needs the code
that is mailed to the address that was typed into it. Nothing tells whether one was.
"""

import hmac
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyrage
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from cases.casework import attempts
from cases.casework.attempts import Pace
from cases.casework.dispatch import send
from cases.casework.mail import queue_to_visitor
from cases.identity.identifiers import NotAnIdentifier, reply_mailbox
from cases.identity.mailed_codes import DIGITS, LIFE, TRIES, digits_of, new_code
from cases.models import Draft, Operator
from cases.sealed import vault

TASK = "cases.tasks.mail_draft_code"
KEPT = timedelta(days=1)
# Over all drafts of a day, whoever typed the address into them.
CODES_FOR_MAILBOX = Pace("draft-code", free=5, first_wait=KEPT, longest_wait=KEPT)
GUESSES = Pace("draft-guess", free=10, first_wait=timedelta(minutes=2), longest_wait=timedelta(hours=2))
Content = dict[str, Any]


class Elsewhere(Exception):
    """What has this name is another operator's."""


def _kept() -> QuerySet[Draft]:
    return Draft.objects.filter(touched_at__gt=timezone.now() - KEPT)


def read(operator: Operator, name: UUID, *, to_change: bool = False) -> Content | None:
    """What was answered so far; None where nothing is kept, or can no longer be unsealed.

    ``to_change``: nobody else changes it before this transaction ends.
    """
    drafts = _kept().select_for_update() if to_change else _kept()
    draft = drafts.filter(name=name, operator=operator).first()
    return _opened(draft) if draft else None


def is_kept(operator: Operator, name: UUID) -> bool:
    return _kept().filter(name=name, operator=operator).exists()


def _private(draft: Draft) -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.from_str(vault.unseal_for_operator(draft.wrapped).decode())


def _opened(draft: Draft) -> Content | None:
    try:
        content: Content = json.loads(pyrage.decrypt(bytes(draft.sealed), [_private(draft)]))
    except (ValueError, pyrage.DecryptError):
        # Of a master key that is another by now: whoever began it begins anew.
        return None
    return content


@transaction.atomic
def write(operator: Operator, name: UUID, content: Content) -> None:
    """Keep it for a day from now. Raises Elsewhere."""
    blank = Draft(name=name, operator=operator, wrapped=b"", sealed=b"", touched_at=timezone.now())
    # Of two first answers at once the second waits here, and then changes what the first has made.
    Draft.objects.bulk_create([blank], ignore_conflicts=True)
    draft = Draft.objects.select_for_update(of=("self",)).get(name=name)
    if draft.operator_id != operator.pk:
        raise Elsewhere
    if _opened(draft) is None:
        made = pyrage.x25519.Identity.generate()
        draft.wrapped = vault.seal_for_operator(str(made).encode())
    plain = json.dumps(content, default=str).encode()
    draft.sealed = pyrage.encrypt(plain, [_private(draft).to_public()])
    draft.touched_at = timezone.now()
    draft.save()


def discard(operator: Operator, name: UUID) -> None:
    """Its key goes with it."""
    Draft.objects.filter(name=name, operator=operator).delete()


def purge() -> int:
    """End what nobody has touched for a day. Returns how many."""
    return Draft.objects.filter(touched_at__lte=timezone.now() - KEPT).delete()[0]


def ask_for_code(operator: Operator, name: UUID) -> None:
    """Have a worker mail a code to the address in it, if there is one, which the page does not tell."""
    draft = _kept().filter(name=name, operator=operator).first()
    if draft is not None:
        draft.code_asked_at = timezone.now()
        draft.save(update_fields=["code_asked_at"])
        transaction.on_commit(lambda: send(TASK, draft.pk))


def waiting() -> QuerySet[Draft]:
    return _kept().exclude(code_asked_at=None).order_by("code_asked_at")


@transaction.atomic
def mail_code(pk: int) -> None:
    """Safe to repeat: what was mailed is no longer asked for."""
    draft = (
        waiting()
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("operator")
        .filter(pk=pk)
        .first()
    )
    if draft is None:
        return
    draft.code_asked_at = None
    content = _opened(draft) or {}
    if (address := _address(content)) and not attempts.claim(
        CODES_FOR_MAILBOX, draft.operator_id, address
    ).wait:
        code = new_code()
        draft.code_digest, draft.code_until = _digest(draft, code), timezone.now() + LIFE
        draft.tries_left = TRIES
        minutes = int(LIFE.total_seconds() // 60)
        queue_to_visitor(
            draft.operator, "draft_code", to=address, language=content.get("language", ""), code=code,
            minutes=minutes, draft=draft.name,
        )  # fmt: skip
    draft.save(update_fields=["code_asked_at", "code_digest", "code_until", "tries_left"])


def _address(content: Content) -> str:
    """That of whoever fills it in, as it is now, if it is one that can be written to."""
    for email in content.get("writers", ()):
        try:
            return reply_mailbox(email)
        except NotAnIdentifier:
            continue
    return ""


def _digest(draft: Draft, code: str) -> str:
    return vault.digest(draft.operator_id, f"draft-code:{draft.name}", code)


@transaction.atomic
def opens(operator: Operator, name: UUID, code: str) -> bool:
    """Whether this is the newest code that was mailed for it, once, in time. A wrong try is counted."""
    typed = digits_of(code)
    if len(typed) != DIGITS or attempts.claim(GUESSES, operator.pk, str(name)).wait:
        return False
    drafts = _kept().select_for_update().filter(name=name, operator=operator)
    draft = drafts.first() or Draft(name=name, operator=operator)
    fits = hmac.compare_digest(draft.code_digest, _digest(draft, typed))
    if not fits or not draft.tries_left or draft.code_until is None or draft.code_until <= timezone.now():
        drafts.filter(tries_left__gt=0).update(tries_left=F("tries_left") - 1)
        return False
    attempts.take_back(GUESSES, operator.pk, str(name))
    drafts.update(code_digest="", code_until=None, tries_left=0)
    return True

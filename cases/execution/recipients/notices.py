"""Article 19: recipients who received the data are told that they were erased, corrected or restricted, and those who
got them for a use that was objected to, or whose consent was withdrawn, that it stops. Only those who did receive; by
mail or web service as their `contact` in the register says, again and again until it worked; by hand where there is no
contact or nothing they know the person by.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from cases.assessment.reviews import is_abusive
from cases.casework import audit, case_clock
from cases.casework.dispatch import send
from cases.casework.operators import register_of_case
from cases.execution.amendments.corrections import Corrected, corrected
from cases.execution.deeds import INFORM
from cases.execution.objections.suppressing import STOPPING, stopping
from cases.execution.recipients.received import Received, received
from cases.law.situation import Situation
from cases.models import Case, RecipientNotice, Task
from cases.models.case import Right
from cases.sealed.typed import read_file
from cases.sealed.vault import seal_for_operator, unseal_for_operator

Channel = RecipientNotice.Channel
WHAT = {
    Right.ERASURE: "erased",
    Right.RECTIFICATION: "corrected",
    Right.RESTRICTION: "restricted",
    Right.CONSENT_WITHDRAWAL: "consent-withdrawn",
    Right.MARKETING_OBJECTION: "objected",
    Right.OBJECTION: "objected",
}
DONE = frozenset({"erase", "partly", "granted"})
# Authorities that receive data in an inquiry of their own are no recipients (Article 4(9)).
NO_RECIPIENTS = frozenset({"authority"})
# Whom a user may have to be kept safe from: the notice would tell them that somebody asked, and when.
WHO_PAYS = frozenset({"customer"})
TASK = INFORM
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def to_tell(case: Case, situation: Situation) -> list[Received]:
    """The recipients who have to be told once what was decided is carried out."""
    if case.right not in WHAT or is_abusive(case) or not (affected := _affected(case)):
        return []
    kept_from = NO_RECIPIENTS | WHO_PAYS if case.submission.safe_contact else NO_RECIPIENTS
    told = [
        one for one in received(case, situation) if not (one.recipient and one.recipient.kind in kept_from)
    ]
    return [one for one in told if _had(case, one, affected)]


def _had(case: Case, one: Received, affected: frozenset[str]) -> bool:
    """Whether it got any of these data; where a use stops, by that use."""
    if case.right not in STOPPING:
        return one.had(affected)
    if one.recipient is None:
        return bool(one.categories & affected)
    return one.key in _given_by(case) and one.had(affected)


def _given_by(case: Case) -> set[str]:
    """The companies that the uses that stop give data to, as the register names them."""
    register = register_of_case(case)
    found = (register.resolve(key) for purpose in stopping(case) for key in purpose.recipients)
    return {company[0] for company in found if company}


def _affected(case: Case) -> frozenset[str]:
    """The data categories something happens to; where a use stops those it used, or used with consent only."""
    if case.right == Right.CONSENT_WITHDRAWAL:
        return frozenset(category for one in stopping(case) for category in one.with_consent())
    if case.right in STOPPING:
        return frozenset(category for one in stopping(case) for category in one.categories)
    return frozenset(case.decisions.filter(outcome__in=DONE).values_list("subject", flat=True))


def plan(case: Case, situation: Situation) -> None:
    """Write down whom to tell, in the caller's transaction. Safe to repeat: once a recipient and case."""
    affected = _affected(case)
    for one in to_tell(case, situation):
        if RecipientNotice.objects.filter(case=case, recipient=one.key[:200]).exists():
            continue
        content = _content(case, one, affected)
        channel, address = _way(one, content)
        notice = RecipientNotice.objects.create(
            case=case,
            recipient=one.key[:200],
            channel=channel,
            address=address,
            sealed=seal_for_operator(json.dumps(content).encode()),
        )
        audit.record(case, "recipient.to-tell", by=audit.SYSTEM, recipient=one.key[:200], channel=channel)
        _set_going(notice)


def _set_going(notice: RecipientNotice) -> None:
    if notice.channel == Channel.BY_HAND:
        open_task(notice)
    else:
        transaction.on_commit(lambda: send("cases.tasks.tell_recipient", notice.pk))


def _way(one: Received, content: dict[str, object]) -> tuple[str, str]:
    """The channel and address; by hand where the recipient could not know whom we mean."""
    contact = (one.recipient.contact or "").strip() if one.recipient else ""
    if not content["person"]:
        return Channel.BY_HAND, ""
    url = urlsplit(contact)
    # Unenciphered to this machine alone, for systems beside the desk.
    if url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK):
        return Channel.WEBHOOK, contact
    return (Channel.MAIL, contact) if "@" in contact else (Channel.BY_HAND, "")


def _content(case: Case, one: Received, affected: frozenset[str]) -> dict[str, object]:
    """What the recipient needs and had already, and for a correction the new value; nothing else."""
    about = sorted(affected & one.categories) if one.categories else sorted(affected)
    known: list[str] = list(one.references)
    if not known and one.recipient and "contact" in one.recipient.receives and _may_be_named(case):
        typed = read_file(case)
        known = [", ".join(filter(None, (typed.name, typed.email)))]
    changes = [change for change in corrected(case) if one.had(frozenset({change.category}))]
    return {
        "reference": case.reference,
        "action": WHAT[Right(case.right)],
        "person": known,
        "categories": about,
        "corrections": [_told(change) for change in changes] if case.right == Right.RECTIFICATION else [],
    }


def _may_be_named(case: Case) -> bool:
    """Whether what was typed may leave us. Of whoever asked for somebody else, it would point at the asker; of whoever
    is to be reached in one way only, or lives protected, it would tell a mailbox that others must not have.
    """
    return not (case.for_other or case.protected_by or case.submission.safe_contact)


def _told(change: Corrected) -> dict[str, str]:
    return {"what": change.column, "value": change.new}


def open_task(notice: RecipientNotice) -> None:
    """A caseworker tells this one."""
    Task.objects.get_or_create(
        operator=notice.case.operator,
        case=notice.case,
        kind=TASK,
        detail=notice.recipient,
        done_at=None,
        defaults={"due_on": case_clock.last_day(notice.case)},
    )


def content_of(notice: RecipientNotice) -> dict[str, Any]:
    """What is told; empty once it was."""
    return dict(json.loads(unseal_for_operator(notice.sealed))) if notice.sealed else {}


def notices_of(case: Case) -> list[RecipientNotice]:
    """Everybody who was or will be told, for the case page and the receipt."""
    return list(case.recipient_notices.all())

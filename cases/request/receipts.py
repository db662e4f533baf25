"""The receipt of a request: signed in the moment it comes in, so that nobody can say later that it did not.

What is signed names the request and holds a hash of what was asked, with a salt that nobody can guess: who sees the
statement alone learns nothing of what was typed. Whoever has the whole file can show both.
"""

import hashlib
import json
import secrets
from dataclasses import fields
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from cases.casework.operators import register_of
from cases.casework.signing.keys import signer_of
from cases.casework.signing.statements import RECEIPT, canonical, statement
from cases.law.clock import date_of_receipt
from cases.models import Case, SignedReceipt, Submission
from cases.request.asked import Intake
from cases.sealed.vault import seal_for_operator, unseal_for_operator

FORMAT = 1
# Whoever opens the page later may be somebody else who reads the same mails, or uses the same computer.
WHOLE_FOR = timedelta(hours=1)
NOT_ASKED = frozenset({"id", "operator"})


def sign(submission: Submission, intake: Intake, cases: list[Case]) -> SignedReceipt:
    """In the transaction in which the request comes in."""
    return sign_asked(submission, _asked(intake), cases)


def sign_asked(submission: Submission, asked: dict[str, Any], cases: list[Case]) -> SignedReceipt:
    """The same for what was asked in another way, as plain values."""
    content = canonical(asked | {"salt": secrets.token_hex(16)})
    zone = register_of(submission.operator).time_zone
    signer = signer_of(submission.operator)
    said: dict[str, Any] = {
        "format": FORMAT,
        "operator": submission.operator.name,
        "operator_id": submission.operator_id,
        "received": _local(cases[0], zone),
        "requests": [{"reference": case.reference, "right": case.right} for case in cases],
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "key": signer.key,
    }
    said["signature"] = signer.sign(statement(RECEIPT, said))
    return SignedReceipt.objects.create(
        submission=submission, statement=canonical(said).decode(), content=seal_for_operator(content)
    )


def _asked(intake: Intake) -> dict[str, Any]:
    """What was typed and chosen; what was left empty is not in it."""
    given = {one.name: getattr(intake, one.name) for one in fields(intake) if one.name not in NOT_ASKED}
    return {name: _plain(value) for name, value in given.items() if value}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(map(str, value))
    return value if isinstance(value, bool) else str(value)


def _local(case: Case, zone: str) -> str:
    """The moment; of what came on another way, and was written down later, the day alone is known."""
    if case.received_on != date_of_receipt(case.received_at, zone):
        return case.received_on.isoformat()
    return case.received_at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def file_of(submission: Submission, *, whole: bool = False) -> bytes | None:
    """The receipt as a file, JSON; None for a request from before there were any.

    ``whole``: with what was asked, to the browser that asked it, for an hour.
    """
    receipt = SignedReceipt.objects.filter(submission=submission).first()
    if receipt is None:
        return None
    said = json.loads(receipt.statement)
    if whole and receipt.content and submission.created_at > timezone.now() - WHOLE_FOR:
        said["content"] = json.loads(unseal_for_operator(receipt.content))
    return json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"

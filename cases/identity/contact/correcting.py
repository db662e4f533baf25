"""The reply address is corrected, once it is proven who asks: by the person, who shows that the new one is theirs by a
code mailed to it, or by a caseworker, who says what was checked.

What did not arrive goes to the new address. Old and new are told, so that nobody is robbed of an answer unseen.
"""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from cases.casework import audit, mail
from cases.casework.bounces.whose import is_rejected
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.identity import identifiers, mailed_codes
from cases.identity.verification import check_code
from cases.models import Case, FormerAddress, MailedCode, Proof, Submission, User
from cases.models.proof import MAILED_CODE, Level
from cases.sealed import vault
from cases.sealed.typed import read_file, reply_address, typed_in, write_file

PURPOSE = MailedCode.Purpose.ADDRESS
LONGEST = 254


def checked_address(submission: Submission, typed: str) -> str:
    """The address as it will be written to. Refusal proof-missing, address-invalid, address-same, case-file-gone."""
    if not submission.proofs.exists():
        raise Refusal("proof-missing")
    # The way they gave is the only safe one.
    if submission.safe_contact:
        raise Refusal("address-safe-contact")
    try:
        address = identifiers.reply_mailbox(typed)
    except identifiers.NotAnIdentifier:
        raise Refusal("address-invalid") from None
    if len(address) > LONGEST:
        raise Refusal("address-invalid")
    now = reply_address(submission)
    if now is None:
        raise Refusal("case-file-gone")
    if now == address:
        raise Refusal("address-same")
    return address


def not_arrived(submission: Submission) -> bool:
    """Whether a mail to the address of today was refused or came back."""
    failed = submission.mails.exclude(failed_at=None).exclude(
        kind__in=mail.TO_OTHERS | {"address_code", "readdressed"}
    )
    latest = submission.former_addresses.last()
    return (failed.filter(created_at__gt=latest.replaced_at) if latest else failed).exists()


def ask_for_code(submission: Submission, typed: str) -> str:
    """Mail a code to the new address, which changes nothing yet. Returns it. Refusal mail-limit and those above."""
    address = checked_address(submission, typed)
    if not mailed_codes.send_code(submission, purpose=PURPOSE, to=address):
        raise Refusal("mail-limit")
    return address


@transaction.atomic
def correct_by_code(submission: Submission, address: str) -> int:
    """The person has entered the code that lies in the new mailbox. Returns how many mails go out again."""
    # They have shown that this mailbox is theirs, as the first code does.
    Proof.objects.create(submission=submission, level=Level.LOW, method=MAILED_CODE)
    return _correct(submission, address, by=None)


def enter_code(submission: Submission, address: str, code: str) -> int:
    """As above, if the code lay in that mailbox. Refusal code-wrong, code-expired, code-none-left or code-wait."""
    # A wrong try is counted in a transaction of its own.
    check_code(submission, purpose=PURPOSE, code=code, to=address)
    return correct_by_code(submission, address)


@transaction.atomic
def correct_for_person(case: Case, *, address: str, reason: str, by: User) -> int:
    """A caseworker has it from the person. ``reason``: how. Returns how many mails go out again."""
    require(by, case.operator, Permission.WORK_CASES)
    if not reason.strip():
        raise Refusal("reason-needed")
    said = reason.strip()[:1000]
    return _correct(case.submission, checked_address(case.submission, address), by=by, reason=said)


def _correct(submission: Submission, address: str, *, by: User | None, reason: str = "") -> int:
    submission = (
        Submission.objects.select_for_update(of=("self",)).select_related("operator").get(pk=submission.pk)
    )
    cases = [lock(pk) for pk in submission.cases.order_by("pk").values_list("pk", flat=True)]
    old = reply_address(submission)
    if old is None:
        raise Refusal("case-file-gone")
    # Nor is a mailbox told that is not the person's.
    came_back = not_arrived(submission) or is_rejected(submission, old)
    if old:
        FormerAddress.objects.create(
            submission=submission, digest=submission.mailbox_digest, by=by, reason=reason
        )
    _write_down(submission, cases, address)
    # What was mailed to the old address opens nothing any more.
    submission.codes.filter(used_at=None).update(used_at=timezone.now())
    again = mail.send_again(submission, to=address)
    for case in cases:
        audit.record(case, "address.corrected", by=by or audit.DATA_SUBJECT, sent_again=again)
    # To tell a mailbox that refuses mail would only make a task of it.
    for to in (address,) if came_back or not old else (old, address):
        mail.queue(submission, "readdressed", to=to, cases=cases)
    return again


def _write_down(submission: Submission, cases: list[Case], address: str) -> None:
    submission.mailbox_digest = identifiers.digest_of_mailbox(submission.operator_id, address)
    if submission.sealed:
        typed = replace(typed_in(submission), email=address)
        submission.sealed = vault.seal_for_operator(typed.to_json())
    submission.save(update_fields=["mailbox_digest", "sealed"])
    for case in cases:
        try:
            write_file(case, replace(read_file(case), email=address))
        except vault.KeyDestroyed:
            continue

"""Data straight to another provider: after the approval, before the person is told. Once, however often it is tried.

What cannot be sent stops the delivery until it is, or until somebody decides that the person gets the data alone.
"""

from datetime import timedelta
from typing import IO, cast

from django.db import transaction
from django.utils import timezone

from cases.casework import audit, standstill
from cases.casework.permissions import Permission, require
from cases.casework.workflow import RECEIVER_REFUSED, Refusal, block, kick, lock
from cases.models import Case, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.request.receivers import receivers_of
from cases.sealed import leftovers, vault
from exports.answer.elsewhere import is_open, receiver_asked, receiver_name, transfer_of
from exports.delivery import is_as_approved
from exports.models import Answer, Transfer
from exports.porting.handing_over import NotTaken, hand_over
from exports.porting.parcel import write_parcel

AWAY = "receiver-away"
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)


def send(case_id: int) -> bool:
    """Whether the delivery can go on: the data are there, are not to go there, or nobody asked. Safe to repeat."""
    if standstill.stops("transfer"):
        return False
    case = Case.objects.select_related("operator", "register").get(pk=case_id)
    answer = Answer.objects.filter(case=case, status=Answer.Status.APPROVED).first()
    if case.stage != Stage.DELIVERY or answer is None or not is_open(answer):
        return True
    transfer = transfer_of(answer) or _packed(answer)
    return transfer is not None and _sent(transfer.pk)


@transaction.atomic
def _packed(answer: Answer) -> Transfer | None:
    """What is to be sent, written and kept before anything is: each try sends the same bytes under the same key."""
    case = lock(answer.case_id)
    if not is_as_approved(answer):
        block(case, "package-changed", answer.name)
        return None
    package = vault.unsealed_stream(case, KeyUse.PACKAGE, answer.name)
    with vault.sealed_file(case, KeyUse.PACKAGE, answer.parcel_name) as out:
        parcel = write_parcel(
            cast(IO[bytes], out),
            package,
            reference=case.reference,
            operator=case.operator.name,
            dated=timezone.localtime(answer.prepared_at).date(),
        )
    packed = {"sha256": parcel.sha256, "bytes": parcel.bytes, "files": parcel.files}
    told = {"receiver": receiver_asked(case), "receiver_name": receiver_name(case)}
    return Transfer.objects.get_or_create(answer=answer, defaults=packed | told)[0]


@transaction.atomic
def _sent(transfer_id: int) -> bool:
    # Nobody sends it a second time meanwhile, nor gives it up.
    free = Transfer.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
        "answer__case__operator"
    )
    transfer = free.filter(pk=transfer_id, sent_at=None, given_up_at=None, refused="").first()
    if transfer is None or (transfer.next_try_at and transfer.next_try_at > timezone.now()):
        return False
    transfer.attempts += 1
    try:
        transfer.receipt = _hand_over(transfer)
    except NotTaken as error:
        _not_taken(transfer, error)
        return False
    transfer.sent_at = timezone.now()
    transfer.save()
    case, sent = transfer.answer.case, {"receiver": transfer.receiver, "sha256": transfer.sha256}
    audit.record(case, "transfer.sent", by=audit.SYSTEM, key=str(transfer.key), **sent)
    leftovers.note(transfer.answer.parcel_name)
    return True


def _hand_over(transfer: Transfer) -> str:
    answer = transfer.answer
    receiver = receivers_of(answer.case.operator_id).get(transfer.receiver)
    if receiver is None:
        raise NotTaken("not-configured", passing=False)
    content = vault.unsealed_stream(answer.case, KeyUse.PACKAGE, answer.parcel_name)
    return hand_over(receiver, content=content, sha256=transfer.sha256, size=transfer.bytes, key=transfer.key)


def _not_taken(transfer: Transfer, error: NotTaken) -> None:
    case = lock(transfer.answer.case_id)
    if error.passing:
        transfer.next_try_at = timezone.now() + min(
            LONGEST_WAIT, FIRST_WAIT * 2 ** min(transfer.attempts - 1, 10)
        )
    else:
        transfer.refused = error.why[:60]
        audit.record(case, "transfer.refused", by=audit.SYSTEM, receiver=transfer.receiver, why=error.why)
    transfer.save()
    block(case, AWAY if error.passing else RECEIVER_REFUSED, f"{transfer.receiver}: {error.why}")


@transaction.atomic
def try_again(case: Case, *, by: User) -> None:
    """At once, and not when the next try is due: the receiver, or its address, was mended."""
    case, transfer = _open_transfer(case, by)
    transfer.refused, transfer.next_try_at = "", None
    transfer.save(update_fields=["refused", "next_try_at"])
    audit.record(case, "transfer.again", by=by, receiver=transfer.receiver)
    block(case, "")
    kick(case)


@transaction.atomic
def give_up(case: Case, *, by: User) -> None:
    """The person gets the data alone, and the receipt says so."""
    case, transfer = _open_transfer(case, by)
    transfer.given_up_at, transfer.given_up_by = timezone.now(), by
    transfer.save(update_fields=["given_up_at", "given_up_by"])
    audit.record(case, "transfer.given-up", by=by, receiver=transfer.receiver)
    leftovers.note(transfer.answer.parcel_name)
    block(case, "")
    kick(case)


def _open_transfer(case: Case, by: User) -> tuple[Case, Transfer]:
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    waiting = Transfer.objects.select_for_update(skip_locked=True).filter(
        answer__case=case, sent_at=None, given_up_at=None, attempts__gt=0
    )
    if (transfer := waiting.first()) is None:
        raise Refusal("transfer-not-waiting")
    return case, transfer

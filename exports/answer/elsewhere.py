"""Whether the data of an answer are to go straight to another provider, and whether they have."""

import json
import re

from django.core.exceptions import ObjectDoesNotExist

from cases.models import Case
from cases.models.case import Right
from cases.request.receivers import receivers_of
from cases.sealed.typed import read_file
from exports.models import Answer, Transfer
from exports.package.zipped import OUTSIDE

NAME = re.compile(r"[A-Za-z0-9._/-]{1,80}")


def receiver_asked(case: Case) -> str:
    """The key of the receiver that the person chose; "" for none. Raises vault.KeyDestroyed with the case's file."""
    return read_file(case).send_to if case.right == Right.PORTABILITY else ""


def receiver_name(case: Case) -> str:
    """Its name, as the person was told it; its key, where the operator has it no longer."""
    key = receiver_asked(case)
    found = receivers_of(case.operator_id).get(key)
    return found.name if found else key


def named(receipt: str) -> str:
    """What the receiver calls its receipt, where it says so in letters and digits that a letter can print."""
    said = json.loads(receipt).get("receipt", "") if receipt else ""
    return said if isinstance(said, str) and NAME.fullmatch(said) else ""


def transfer_of(answer: Answer) -> Transfer | None:
    try:
        return answer.transfer
    except ObjectDoesNotExist:
        return None


def is_open(answer: Answer) -> bool:
    """Whether they still have to be sent, or somebody has to say that they are not."""
    if not receiver_asked(answer.case) or not has_data(answer):
        return False
    transfer = transfer_of(answer)
    return transfer is None or not (transfer.sent_at or transfer.given_up_at)


def has_data(answer: Answer) -> bool:
    return any(file["name"] not in OUTSIDE for file in answer.files)

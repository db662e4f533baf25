"""What the desk says of the code a case waits for is what was done with its mail."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases.casework.mail import MAX_ATTEMPTS
from cases.models import Case, MailedCode, Operator, OutgoingMail
from tests.operators.placed import hand_in

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ({"sent_at": NOW}, "The person has not entered the mailed code yet."),
        ({"created_at": NOW}, "The mail with the code is on its way."),
        ({"created_at": NOW - timedelta(hours=1)}, "The mail with the code has not gone out yet."),
        ({"attempts": 1}, "The mail with the code has not gone out yet."),
        ({"attempts": MAX_ATTEMPTS}, "The mail with the code could not be sent: reach the person in another way."),
    ],
)  # fmt: skip
def test_the_next_step_says_how_far_the_mail_is(
    signed_in: Callable[..., Client], operator: Operator, mail: dict[str, Any], said: str
) -> None:
    case = hand_in(operator)
    OutgoingMail.objects.update(**{"created_at": timezone.now()} | mail)
    assert said in signed_in("caseworker").get(case.get_absolute_url()).content.decode()


def test_no_mail_is_said_to_be_none(signed_in: Callable[..., Client], operator: Operator) -> None:
    case = hand_in(operator)
    MailedCode.objects.all().delete()
    page = signed_in("caseworker").get(case.get_absolute_url()).content.decode()
    assert "No code was mailed: too many were asked for this mailbox." in page


def test_what_has_to_be_proven_first_is_said_to_have(
    signed_in: Callable[..., Client], operator: Operator
) -> None:
    case = hand_in(operator)
    Case.objects.update(proof_first=True)
    client = signed_in("caseworker")
    assert "nobody needs to look before it is proven" in client.get(case.get_absolute_url()).content.decode()
    assert case.reference not in client.get("/desk/").content.decode()
    assert case.reference in client.get("/desk/?view=proof-first").content.decode()

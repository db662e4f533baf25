"""Whatever a name or an address holds, a mail has the heads it should have, and goes to whom it should go."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail as outbox

from cases.casework.mail import deliver, queue
from cases.models import Case, Operator, OutgoingMail

pytestmark = pytest.mark.django_db
BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\r\n\r\n"]
HEADS = {
    "Content-Type", "MIME-Version", "Subject", "From", "To", "Reply-To", "Date", "Message-ID", "Auto-Submitted",
}  # fmt: skip


@pytest.fixture
def sent(ask: Callable[..., Case]) -> Callable[..., Any]:
    """The message that a server gets, of a mail to the owner of a system; None where none gets it."""
    case = ask("access", proven=False)

    def send(**given: Any) -> Any:
        told = {"to": "owner@operator.test", "source": "Binder", "collection": "Visits", **given}
        mail = queue(case.submission, "owner", case=case, link="/x/", reminder=False, days=35, **told)
        gone = deliver(mail.pk)
        return outbox.outbox[-1].message() if gone else None

    return send


@pytest.mark.parametrize("line_break", BREAKS)
def test_a_name_begins_no_head_of_its_own(sent: Callable[..., Any], line_break: str) -> None:
    Operator.objects.update(name=f"Tele2{line_break}Bcc: eve@example.com")
    message = sent(source=f"Binder{line_break}Bcc: eve@example.com")
    assert set(message.keys()) <= HEADS
    assert outbox.outbox[-1].recipients() == ["owner@operator.test"]
    assert b"\nBcc:" not in message.as_bytes().partition(b"\n\n")[0]


@pytest.mark.parametrize("line_break", BREAKS)
def test_an_address_with_a_line_break_gets_no_mail(sent: Callable[..., Any], line_break: str) -> None:
    assert sent(to=f"owner@operator.test{line_break}Bcc: eve@example.com") is None
    assert not outbox.outbox
    assert OutgoingMail.objects.filter(kind="owner", sent_at=None).exists(), "it waits for a person to look"

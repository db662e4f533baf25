"""A server that refuses an address for good is believed at once; one that has no time is asked again."""

from collections.abc import Callable
from typing import Any

import pytest

from cases.casework.mail import deliver, waiting
from cases.identity.mailed_codes import Sending, sending
from cases.models import AuditEntry, Case, OutgoingMail, Task
from tests.cases.casework.bounces.post_office import Answering, smtp_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(ask: Callable[..., Case]) -> Case:
    return ask("access", proven=False)


def tried(settings: Any, answering: Answering) -> OutgoingMail:
    """The code's mail, after one try at a server that answers so."""
    mail = OutgoingMail.objects.get(kind="code")
    with smtp_server(answering) as port:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        deliver(mail.pk)
    mail.refresh_from_db()
    return mail


@pytest.mark.parametrize(
    ("answering", "status"),
    [
        (Answering("550 5.1.1 no such mailbox"), "5.1.1"),
        (Answering("550 unknown"), "550"),
        (Answering("553 5.1.3 bad address"), "5.1.3"),
        (Answering(to_message="552 5.2.2 mailbox full"), "5.2.2"),
    ],
)
def test_a_permanent_refusal_is_a_task_at_once(
    case: Case, settings: Any, answering: Answering, status: str
) -> None:
    mail = tried(settings, answering)
    task = Task.objects.get()
    assert (task.kind, task.case, task.detail) == ("mail-failed", case, "code")
    entry = AuditEntry.objects.get(action="mail.failed")
    assert (entry.data["how"], entry.data["status"], entry.data["attempts"]) == ("refused", status, 1)
    assert mail.failed_at is not None
    assert not waiting()
    assert deliver(mail.pk) is False
    assert sending(case.submission, purpose="prove") == Sending.FAILED


@pytest.mark.parametrize(
    "answering",
    [
        Answering("450 4.2.1 mailbox busy"),
        Answering(to_message="451 4.3.0 try again"),
        # What the server thinks of us: the address may be well.
        Answering("550 5.7.1 relaying denied"),
        Answering("530 5.7.0 authentication required"),
    ],
)
def test_what_may_yet_go_out_is_tried_again(case: Case, settings: Any, answering: Answering) -> None:
    mail = tried(settings, answering)
    assert (mail.failed_at, mail.attempts, Task.objects.count()) == (None, 1, 0)


def test_a_refusal_stops_no_other_mail(case: Case, ask: Callable[..., Case], settings: Any) -> None:
    tried(settings, Answering("550 5.1.1 no"))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    other = ask("access", "bo@example.com", proven=False)
    assert deliver(other.submission.mails.get().pk)

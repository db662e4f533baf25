from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cases.casework.mail import deliver
from cases.models import Case, OutgoingMail
from tests.cases.casework.bounces.post_office import PASSWORD, USER, ImapServer, imap_server

ADDRESS = "bounces@desk.example"


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    with imap_server() as running:
        yield running


@pytest.fixture
def box(server: ImapServer, settings: Any) -> ImapServer:
    """The mailbox for bounces, empty, as the desk is told to read it."""
    server.empty()
    settings.BOUNCE_ADDRESS = ADDRESS
    settings.BOUNCE_MAILBOX = {
        "host": "127.0.0.1", "port": server.port, "security": "", "user": USER, "password": PASSWORD,
        "folder": "INBOX",
    }  # fmt: skip
    return server


@pytest.fixture
def sent(box: ImapServer, ask: Callable[..., Case]) -> OutgoingMail:
    """The receipt of a request, on its way."""
    case = ask("access")
    mail = case.submission.mails.get(kind="receipt")
    assert deliver(mail.pk)
    mail.refresh_from_db()
    return mail

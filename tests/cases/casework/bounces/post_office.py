"""The servers of a post office: an IMAP server that somebody else wrote, and SMTP servers that refuse as told."""

import imaplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from demo.servers.processes import free_port, listening, wait_until

USER, PASSWORD = "bounces", "p:ss/w@rd"


class ImapServer:
    """pymap, with a mailbox in memory; tests put messages there as a mail server would."""

    def __init__(self, port: int) -> None:
        self.port = port

    def _connected(self) -> imaplib.IMAP4:
        server = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        server.login(USER, PASSWORD)
        return server

    def put(self, message: bytes, folder: str = "INBOX") -> None:
        with self._connected() as server:
            server.append(folder, "", "", message)

    def count(self, folder: str = "INBOX") -> int:
        """How many messages lie there; 0 where there is no such folder."""
        with self._connected() as server:
            ok, said = server.select(folder, readonly=True)
            return int(said[0] or 0) if ok == "OK" else 0

    def empty(self) -> None:
        with self._connected() as server:
            for folder in ("INBOX", "not-ours"):
                if server.select(folder)[0] == "OK":
                    server.store("1:*", "+FLAGS", r"(\Deleted)")
                    server.expunge()


@contextmanager
def imap_server() -> Iterator[ImapServer]:
    port = free_port()
    command = [
        sys.executable, "-c", "from pymap.main import main; main()", "--host", "127.0.0.1", "--port", str(port),
        "--no-tls",
        "dict", "--demo-data", "--demo-user", USER, "--demo-password", PASSWORD,
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(
            lambda: listening(process.pid, port),
            what="the IMAP server",
            seconds=30,
            alive=lambda: process.poll() is None,
        )
        server = ImapServer(port)
        server.empty()
        yield server
    finally:
        process.terminate()
        process.wait(10)


class Answering:
    """Says this to every recipient, and that to every message; keeps what it took."""

    def __init__(self, to_recipient: str = "250 ok", to_message: str = "250 taken") -> None:
        self.to_recipient, self.to_message = to_recipient, to_message
        self.taken: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        return self.to_message


@contextmanager
def smtp_server(answering: Answering) -> Iterator[int]:
    """Its port."""
    port = free_port()
    controller = Controller(answering, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def report(
    to: str, *, action: str = "failed", status: str = "5.1.1", returned: str = "", by: str = "mx.example"
) -> bytes:
    """A delivery report as mail servers write it (RFC 3464, appendix E). ``returned``: the head of the mail."""
    outer = EmailMessage()
    outer["From"] = f"MAILER-DAEMON@{by}"
    outer["To"] = to
    outer["Subject"] = "Delivery Status Notification (Failure)"
    outer["Auto-Submitted"] = "auto-replied"
    outer.set_content("Your message could not be delivered to anna@example.com.")
    text = outer.as_string().partition("\n\n")
    head = text[0].replace('Content-Type: text/plain; charset="utf-8"', "")
    head = "\n".join(line for line in head.splitlines() if line and not line.startswith("Content-"))
    parts = [
        ("text/plain; charset=utf-8", "Your message could not be delivered."),
        (
            "message/delivery-status",
            f"Reporting-MTA: dns; {by}\n\nFinal-Recipient: rfc822; anna@example.com\n"
            f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 {status} No such user",
        ),
        ("text/rfc822-headers", returned or "Subject: Something"),
    ]
    body = "".join(f"--edge\nContent-Type: {kind}\n\n{content}\n\n" for kind, content in parts)
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="edge"'
    return f"{head}\n{kind}\nMIME-Version: 1.0\n\n{body}--edge--\n".encode().replace(b"\n", b"\r\n")

"""The demo's post office: an SMTP server that keeps every mail in a folder, and a page to read them.

`python -m demo.servers.mailbox FOLDER SMTP_PORT WEB_PORT`
"""

import html
import json
import signal
import sys
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 65rem; margin: 24px auto; padding: 0 16px; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 8px 12px 8px 0; }
tr { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
pre { white-space: pre-wrap; font: inherit; max-width: 65ch; } a { color: inherit; }
"""


@dataclass(frozen=True)
class Mail:
    """A kept mail; `number` counts from 1 in order of arrival."""

    number: int
    to: tuple[str, ...]
    subject: str
    date: str
    text: str


@dataclass(frozen=True)
class Folder:
    """Mails as numbered .eml files with the envelope's recipients in X-Envelope-To."""

    path: Path
    lock: threading.Lock

    def add(self, content: bytes, to: list[str]) -> None:
        with self.lock:
            number = max((int(file.stem) for file in self.path.glob("*.eml")), default=0) + 1
            head = f"X-Envelope-To: {', '.join(to)}\r\n".encode()
            # Put in place when it is whole, or a reader would meet half a mail.
            waiting = self.path / f"{number:06}.part"
            waiting.write_bytes(head + content)
            waiting.rename(self.path / f"{number:06}.eml")

    def mails(self, to: str = "") -> list[Mail]:
        """Newest first; only those to this address, if one is given."""
        found = (self.read(int(file.stem)) for file in sorted(self.path.glob("*.eml"), reverse=True))
        return [mail for mail in found if mail and (not to or to.casefold() in mail.to)]

    def read(self, number: int) -> Mail | None:
        file = self.path / f"{number:06}.eml"
        if not file.exists():
            return None
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = message.get_body(("plain", "html"))
        to = tuple(part.strip().casefold() for part in str(message["X-Envelope-To"]).split(","))
        text = str(body.get_content()) if isinstance(body, EmailMessage) else ""
        return Mail(number, to, str(message["Subject"] or ""), str(message["Date"] or ""), text)


@dataclass(frozen=True)
class Receiver:
    """What aiosmtpd calls for each mail."""

    folder: Folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        content = envelope.content
        self.folder.add(
            content if isinstance(content, bytes) else (content or "").encode(), envelope.rcpt_tos
        )
        return "250 Kept"


def page(title: str, body: str) -> bytes:
    head = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    )
    return f"{head}<body><h1>{title}</h1>{body}</body></html>".encode()


def list_page(mails: list[Mail]) -> bytes:
    rows = "".join(
        f"<tr><td>{html.escape(mail.date)}<td>{html.escape(', '.join(mail.to))}"
        f'<td><a href="/{mail.number}">{html.escape(mail.subject) or "(no subject)"}</a>'
        for mail in mails
    )
    table = f"<table><tr><th>Date<th>To<th>Subject{rows}</table>" if mails else "<p>No mail yet.</p>"
    return page("Demo mailbox", table)


def mail_page(mail: Mail) -> bytes:
    about = f"<p>To {html.escape(', '.join(mail.to))}, {html.escape(mail.date)}</p>"
    back = '<p><a href="/">All mail</a></p>'
    return page(html.escape(mail.subject), f"{about}<pre>{html.escape(mail.text)}</pre>{back}")


def handler(folder: Folder) -> type[BaseHTTPRequestHandler]:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            to = parse_qs(address.query).get("to", [""])[0]
            name = address.path.strip("/")
            if name == "mails.json":
                mails = [vars(mail) for mail in folder.mails(to)]
                return self._answer(json.dumps(mails).encode(), "application/json")
            if not name:
                return self._answer(list_page(folder.mails(to)))
            mail = folder.read(int(name)) if name.isdecimal() else None
            return self._answer(mail_page(mail)) if mail else self.send_error(404)

        def _answer(self, body: bytes, kind: str = "text/html; charset=utf-8") -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Addresses stand in the query: nothing is logged."""

    return Pages


def main(path: str, smtp_port: str, web_port: str) -> None:
    folder = Folder(Path(path), threading.Lock())
    folder.path.mkdir(parents=True, exist_ok=True)
    post = Controller(Receiver(folder), hostname="127.0.0.1", port=int(smtp_port), data_size_limit=50_000_000)
    post.start()
    web = ThreadingHTTPServer(("127.0.0.1", int(web_port)), handler(folder))
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=web.shutdown).start())
    web.serve_forever()
    post.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])

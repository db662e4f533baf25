"""The demo's gateway for text messages: takes them over HTTP, sends none, and shows them on a page.

`python -m demo.servers.texts PORT`, with TEXTS_TOKEN in the environment:

    POST messages    JSON {"to", "from", "text", "id"}, with the token: 202 {"messages": [{"status": "queued"}]}; what
                     has an id that is known is not sent again
    POST answer      JSON {"status": 503} or {"said": "rejected"}: answered so from now on; {} for as it should be
    GET  messages    JSON, newest first
    GET  /           the same to look at
"""

import hmac
import html
import json
import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from demo.servers.mailbox import STYLE

MOST = 1000  # messages that are remembered


@dataclass
class Gateway:
    """What it has taken, oldest first, and how it answers."""

    token: str
    taken: list[dict[str, str]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    def take(self, message: dict[str, str]) -> tuple[int, dict[str, Any]]:
        status, said = self.answers.get("status", 202), self.answers.get("said", "queued")
        if status == 202 and said == "queued" and message["id"] not in {each["id"] for each in self.taken}:
            self.taken.append(message)
            del self.taken[:-MOST]
        return status, {"messages": [{"status": said}]}

    def page(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(each['to'])}</td><td>{html.escape(each['from'])}</td>"
            f"<td>{html.escape(each['text'])}</td></tr>"
            for each in reversed(self.taken)
        )
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Text messages</title><style>{STYLE}</style>'
            f"<h1>Text messages</h1><p>Every text message that the desk sends; none leaves this machine.</p>"
            f"<table><tr><th>To</th><th>From</th><th>Text</th></tr>{rows}</table></html>"
        )


def handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/messages":
                self._answer(200, json.dumps(gateway.taken[::-1]), "application/json")
            else:
                self._answer(200, gateway.page(), "text/html; charset=utf-8")

        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            if self.path == "/answer":
                gateway.answers = told
                self._answer(200, "{}", "application/json")
            elif not hmac.compare_digest(self.headers.get("Authorization") or "", f"Bearer {gateway.token}"):
                self._answer(401, "{}", "application/json")
            else:
                status, said = gateway.take(told)
                self._answer(status, json.dumps(said), "application/json")

        def _answer(self, status: int, content: str, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content.encode())))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    return Service


def main(port: str) -> None:
    gateway = Gateway(os.environ["TEXTS_TOKEN"])
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), handler(gateway))
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""An operator's web service on loopback that takes its time and counts who is there at once."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ROWS, PAGE = 5, 2


class SlowSystem:
    """`/customers?email=` and `/calls/NO?page=`: five calls each, two a page. Some are broken (500) or refused (403).

    A request waits for company for a while: if more than `crowd` could be there at once, they would be.
    """

    def __init__(self, crowd: int = 1) -> None:
        self.crowd = crowd
        self.most = 0
        self.asked: Counter[str] = Counter()
        self.broken: set[str] = set()
        self.instead: dict[str, str] = {}  # what is asked -> what is answered in its place
        self.refused: dict[str, list[str]] = {}
        self._here = 0
        self._change = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "SlowSystem":
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, target: str) -> tuple[int, Any]:
        with self._change:
            self._here += 1
            self.most = max(self.most, self._here)
            self.asked[target] += 1
            self._change.notify_all()
            self._change.wait_for(lambda: self._here > self.crowd, timeout=0.15)
        try:
            if target in self.refused:
                return 403, {"errors": self.refused[target]}
            return (500, {}) if target in self.broken else (200, _rows(self.instead.get(target, target)))
        finally:
            with self._change:
                self._here -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        system = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content = system.answer(self.path)
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Tests keep their output for themselves."""

        return Handler


def _rows(target: str) -> list[dict[str, Any]]:
    parts = urlsplit(target)
    asked = dict(parse_qsl(parts.query))
    if parts.path == "/customers":
        name = asked["email"].partition("@")[0]
        return [{"customer_no": name.upper(), "email": asked["email"]}]
    number = parts.path.rpartition("/")[2]
    first = (int(asked["page"]) - 1) * PAGE
    return [{"id": f"{number}-{row}", "customer_no": number} for row in range(first, min(first + PAGE, ROWS))]


CONNECTORS = """
[[source]]
key = "web"
NAME
kind = "http"
base_url = "env:SLOW_URL"
concurrency = 2
attempts = 1

[[source.collection]]
key = "customer"
category = "contact"
NAME
path = "/customers"
params = { email = "{email}" }
find = { email = "email" }
link = ["email"]
key_columns = ["customer_no"]
yields = [{ kind = "customer_no", column = "customer_no" }]

[[source.collection]]
key = "calls"
category = "usage"
NAME
path = "/calls/{customer_no}"
find = { customer_no = "customer_no" }
key_columns = ["id"]
paging = { kind = "page", param = "page", first = 1, size_param = "size", size = 2 }
"""

"""An operator's web service that misbehaves: hangs, drops, talks nonsense, repeats and reorders pages.

    python -m tests.whole_line.chaos.hostile_system PORT SEED

`/customers/NO/orders` in numbered pages, `/customers/NO/tickets` behind cursors that can expire. Under `/truth/` it
answers honestly: rows are put there, compared there, and the faults so far counted. A process of its own.
"""

import json
import random
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SIZE = 40
Rows = dict[str, dict[str, list[dict[str, Any]]]]
ANY = ("hung", "dropped", "cut short", "html", "half json", "nothing said", "503", "429", "500")
LISTING = ("page repeated", "pages reordered", "cursor expired")


class System:
    """Customer -> collection -> rows, and the mood it is in."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rows: Rows = {}
        self.mood = 0.0
        self.counts: Counter[str] = Counter()
        self.lock = threading.Lock()

    def fault(self, *, listing: bool) -> str:
        """Which fault strikes this question; empty where none does."""
        with self.lock:
            if self.random.random() >= self.mood:
                return ""
            among = LISTING if listing and self.random.random() < 0.7 else ANY
            return self.random.choice(among)

    def note(self, fault: str) -> None:
        with self.lock:
            self.counts[fault] += 1

    def page(
        self, rows: list[dict[str, Any]], start: int, fault: str
    ) -> tuple[list[dict[str, Any]], int | None]:
        """The rows from there on, and where the next page begins; or another page than was asked for."""
        shift = {"page repeated": -SIZE, "pages reordered": SIZE}.get(fault, 0) * self.random.randint(1, 3)
        if shift and 0 <= start + shift < len(rows):
            start += shift
            self.note(fault)
        following = start + SIZE
        return rows[start:following], following if following < len(rows) else None


class Handler(BaseHTTPRequestHandler):
    system: System
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/truth/"):
            self.answer(200, self.truth(parts.path.split("/")[2:]))
        elif parts.path.endswith("/all"):
            self.spoiled(parts.path, {}, listing=False)
        else:
            self.spoiled(parts.path, dict(parse_qsl(parts.query)), listing=True)

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/truth/mood":
            self.system.mood = body
        else:
            self.system.rows[self.path.split("/")[2]] = body
        self.answer(200, {})

    def do_DELETE(self) -> None:
        """Deletes, and then perhaps does not say so."""
        fault = self.system.fault(listing=False)
        if fault not in ("503", "429", "500", "hung"):
            _, _, customer, collection = self.path.split("/")
            self.system.rows.get(customer, {})[collection] = []
        if not self.misbehave(fault):
            self.answer(200, {})

    def truth(self, path: list[str]) -> Any:
        return dict(self.system.counts) if path == ["counts"] else self.system.rows.get(path[0], {})

    def spoiled(self, path: str, asked: dict[str, str], *, listing: bool) -> None:
        fault = self.system.fault(listing=listing)
        if fault in LISTING or not self.misbehave(fault):
            self.answer(*self.listed(path.split("/")[2:], asked, fault))

    def listed(self, path: list[str], asked: dict[str, str], fault: str) -> tuple[int, Any]:
        customer, collection, *everything = path
        rows = self.system.rows.get(customer, {}).get(collection, [])
        if everything:
            return 200, {"rows": rows, "total": len(rows)}
        start = int(asked.get("after", 0)) if collection == "tickets" else (int(asked["page"]) - 1) * SIZE
        if fault == "cursor expired" and "after" in asked:
            self.system.note(fault)
            return 410, {"error": "the cursor has expired"}
        given, following = self.system.page(rows, start, fault)
        return 200, {"rows": given, "next": following, "total": len(rows)}

    def misbehave(self, fault: str) -> bool:
        """Whether the fault took the place of an answer."""
        if not fault:
            return False
        self.system.note(fault)
        {
            "hung": lambda: time.sleep(2.5),
            "dropped": lambda: None,
            "cut short": lambda: self.answer(200, {"rows": [{"id": 1}] * 50}, say=100_000),
            "html": lambda: self.raw(200, b"<html><h1>Sign in</h1></html>"),
            "half json": lambda: self.raw(200, b'{"rows": [{"id": 1'),
            "nothing said": lambda: self.raw(200, b""),
            "503": lambda: self.answer(503, {}, after=1),
            "429": lambda: self.answer(429, {}, after=1),
            "500": lambda: self.answer(500, {}),
        }[fault]()
        self.close_connection = True
        return True

    def answer(self, status: int, content: Any, *, say: int = 0, after: int = 0) -> None:
        self.raw(status, json.dumps(content).encode(), say=say, after=after)

    def raw(self, status: int, body: bytes, *, say: int = 0, after: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(say or len(body)))
        if after:
            self.send_header("Retry-After", str(after))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The counts say it."""


def main(port: int, seed: int) -> None:
    Handler.system = System(seed)
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

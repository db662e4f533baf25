"""A broker that answers badly costs little time and room, and proves nothing."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cases.identity.eid import exchange
from cases.identity.eid.broker import discovered, forget
from cases.identity.eid.exchange import MOST, fetch
from cases.identity.eid.outcomes import NotShown, Outcome


class Answers(BaseHTTPRequestHandler):
    """Each path answers badly in its own way."""

    def do_GET(self) -> None:
        match self.path:
            case "/huge":
                self._send(b" " * (MOST + 1))
            case "/bomb":
                self._send(gzip.compress(b" " * (MOST * 100)), encoding="gzip")
            case "/slow":
                self._trickle()
            case "/elsewhere":
                self._send(b"", status=302)
            case "/list":
                self._send(b"[]")
            case "/words":
                self._send(b"Just a moment")
            case "/down":
                self._send(b"{}", status=503)
            case "/mistaken/.well-known/openid-configuration":
                self._send(json.dumps({"issuer": "https://elsewhere.example"}).encode())
            case _:
                self._send(json.dumps({"issuer": f"http://{self.headers['Host']}/poor"}).encode())

    def _send(self, body: bytes, status: int = 200, encoding: str = "") -> None:
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/list")
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _trickle(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(100):
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.1)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@pytest.fixture(scope="module")
def bad() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["huge", "bomb", "elsewhere", "list", "words", "down"])
def test_what_is_no_answer_is_a_provider_that_is_away(bad: str, path: str) -> None:
    with pytest.raises(NotShown) as failed:
        fetch(f"{bad}/{path}")
    assert failed.value.outcome == Outcome.AWAY


def test_an_answer_that_trickles_in_is_not_waited_for(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "IN_ALL", 0.5)
    begun = time.monotonic()
    with pytest.raises(NotShown, match="too-slow"):
        fetch(f"{bad}/slow")
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("address", ["http://broker.example/x", "file:///etc/passwd", "", "https://"])
def test_nothing_is_asked_where_others_can_read_along(address: str) -> None:
    with pytest.raises(NotShown, match="address-not-encrypted"):
        fetch(address)


@pytest.mark.parametrize(("issuer", "outcome"), [("mistaken", Outcome.UNTRUSTED), ("poor", Outcome.AWAY)])
def test_a_description_of_somebody_else_or_of_half_a_broker_is_not_used(
    bad: str, issuer: str, outcome: Outcome
) -> None:
    forget()
    with pytest.raises(NotShown) as failed:
        discovered(f"{bad}/{issuer}")
    assert failed.value.outcome == outcome

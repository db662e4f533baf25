"""How a message is handed over: as the operator's gateway wants it, within bounds, and taken only where it says so."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from cases.identity.texting.gateway import MOST, NotTaken, hand_over
from cases.registers.gateway import Accepted, Gateway

Asked = list[tuple[str, dict[str, str], str]]


@pytest.fixture(scope="module")
def asked() -> Asked:
    """Method, headers and body of each call."""
    return []


@pytest.fixture(scope="module")
def there(asked: Asked) -> Iterator[str]:
    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append((self.command, dict(self.headers), body))
            match self.path.strip("/"):
                case "slow":
                    time.sleep(1.5)
                    self._answer(200, b"{}")
                case "huge":
                    self._answer(200, b" " * (MOST + 1))
                case "words":
                    self._answer(200, b"OK")
                case "deep":
                    self._answer(200, b'{"sent": [{"status": "queued"}, {"status": 7}]}')
                case status:
                    self._answer(int(status), b"{}")

        do_PUT = do_POST  # noqa: N815

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/200")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def send(url: str, **changed: object) -> None:
    given = {"url": url, "fields": {"to": "{number}", "text": "{text}"}, "seconds": 20} | changed
    hand_over(Gateway(**given), number="+46701740605", text="Tele2: your code is 123456.", key="k-1")


def test_fields_are_sent_as_json(there: str, asked: Asked) -> None:
    send(
        f"{there}/200", fields={"to": ["{digits}"], "body": {"text": "{text}"}, "ref": "{id}", "flash": False}
    )
    method, headers, body = asked[-1]
    assert (method, headers["Content-Type"]) == ("POST", "application/json")
    assert json.loads(body) == {
        "to": ["46701740605"], "body": {"text": "Tele2: your code is 123456."}, "ref": "k-1", "flash": False,
    }  # fmt: skip


def test_or_as_a_form(there: str, asked: Asked) -> None:
    send(f"{there}/200", sent_as="form", method="PUT")
    method, headers, body = asked[-1]
    assert (method, headers["Content-Type"]) == ("PUT", "application/x-www-form-urlencoded")
    assert parse_qs(body) == {"to": ["+46701740605"], "text": ["Tele2: your code is 123456."]}


def test_it_signs_in_as_the_gateway_wants(there: str, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", "first")
    monkeypatch.setenv("B", "second")
    send(f"{there}/200", token="env:A")
    send(f"{there}/200", user="env:A", password="env:B")
    send(f"{there}/200", headers={"X-Api-Key": "env:B"})
    told = [headers.get("Authorization") or headers["X-Api-Key"] for _, headers, _ in asked[-3:]]
    assert told == ["Bearer first", f"Basic {base64.b64encode(b'first:second').decode()}", "second"]


@pytest.mark.parametrize(
    ("path", "accepted", "why", "passing"),
    [
        ("503", {}, "status-503", True),
        ("429", {}, "status-429", True),
        ("401", {}, "status-401", True),
        ("302", {}, "status-302", True),
        ("400", {}, "status-400", False),
        ("422", {}, "status-422", False),
        ("204", {}, "status-204", True),
        ("slow", {}, "ReadTimeout", True),
        ("huge", {}, "SourceGarbage", True),
        ("words", {"at": "status", "values": ("queued",)}, "not-json", True),
        ("200", {"at": "status", "values": ("queued",)}, "not-accepted", False),
        ("deep", {"at": "sent.1.status", "values": ("queued",)}, "not-accepted", False),
        ("deep", {"at": "sent.2.status", "values": ("queued",)}, "not-accepted", False),
    ],
)
def test_what_it_does_not_say_yes_to_is_not_on_its_way(
    there: str, path: str, accepted: dict[str, object], why: str, passing: bool
) -> None:
    with pytest.raises(NotTaken) as refused:
        send(f"{there}/{path}", accepted=Accepted(**accepted), seconds=0.5 if path == "slow" else 20)
    assert (refused.value.why, refused.value.passing) == (why, passing)


@pytest.mark.parametrize(("at", "values"), [("sent.0.status", ("sent", "queued")), ("sent.1.status", (7,))])
def test_a_yes_may_lie_deep(there: str, at: str, values: tuple[object, ...]) -> None:
    send(f"{there}/deep", accepted=Accepted(at=at, values=values))


@pytest.mark.parametrize("url", ["env:NOT_SET", "http://localhost:1/x"])
def test_nobody_there_is_a_gateway_that_is_away(url: str) -> None:
    with pytest.raises(NotTaken) as refused:
        send(url)
    assert refused.value.passing


def test_nothing_is_sent_where_others_can_read_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELSEWHERE", "http://gateway.example/messages")
    with pytest.raises(NotTaken, match="address-not-encrypted"):
        send("env:ELSEWHERE")

import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from cases.identity.texting.configured import gateway_of
from cases.models import Operator
from demo.servers.texts import Gateway, handler
from tests.cases.identity.eid.conftest import IDENTITY
from tests.cases.identity.eid.provider import ANNA
from tests.cases.public.public_person import Person
from tests.operators.scenes import SMALL, Scene

TOKEN = "a-token-of-the-tests"
GATEWAY = """
url = "env:TEXTS_URL"
token = "env:TEXTS_TOKEN"
level = "substantial"
seconds = 20
[fields]
to = "{number}"
from = "Desk"
text = "{text}"
id = "{id}"
[accepted]
status = [202]
at = "messages.0.status"
values = ["queued"]
"""


@pytest.fixture
def scene() -> Scene:
    """A source has identity numbers, which need more than a mailed code."""
    tables = "create table identity (customer_no text primary key, national_id text);"
    return Scene(
        SMALL.connectors + IDENTITY,
        f"{SMALL.tables}\n{tables}\ninsert into identity values ('C1', '{ANNA}');",
    )


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A gateway that listens on this machine, at the address the operator's folder points at."""
    gateway = Gateway(TOKEN)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(gateway))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("TEXTS_URL", f"http://localhost:{server.server_port}/messages")
    monkeypatch.setenv("TEXTS_TOKEN", TOKEN)
    yield gateway
    server.shutdown()
    server.server_close()


@pytest.fixture
def texts(folder_of_operator: Path) -> Iterator[Callable[[str], None]]:
    """texts(text): the operator's text-messages.toml from now on; "" for none."""

    def write(text: str) -> None:
        path = folder_of_operator / "text-messages.toml"
        path.write_text(text) if text else path.unlink(missing_ok=True)
        gateway_of.cache_clear()

    write(GATEWAY)
    yield write
    gateway_of.cache_clear()


@pytest.fixture
def proof_asked() -> str:
    """Some categories go out on a strong proof alone."""
    return ""


@pytest.fixture
def operator(texts: Callable[[str], None], operator: Operator, gateway: Gateway) -> Operator:
    """An operator that sends text messages."""
    return operator


@pytest.fixture
def person(operator: Operator) -> Person:
    return Person(operator)

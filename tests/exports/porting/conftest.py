"""An operator that has another provider, which listens on this machine."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cases.models import Operator
from cases.request.receivers import receivers_of
from demo.servers.receiver import CERTIFICATE, Provider, make_certificate, serve

SEED = "5e" * 32
RECEIVERS = """
[nordlind]
name = "Nordlind Mobil"
url = "env:TAKE_URL"
key = "env:TAKE_KEY"
key_id = "us-1"
authority = "env:TAKE_AUTHORITY"
networks = ["127.0.0.0/8", "::1/128"]
seconds = 20
"""


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("receiver")
    make_certificate(folder, SEED)
    return folder


@pytest.fixture
def provider(certified: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    server, provider = serve(0, certified)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("TAKE_URL", f"https://localhost:{server.server_port}/take")
    monkeypatch.setenv("TAKE_KEY", SEED)
    monkeypatch.setenv("TAKE_AUTHORITY_FILE", str(certified / CERTIFICATE))
    yield provider
    server.shutdown()
    server.server_close()


@pytest.fixture
def receivers(folder_of_operator: Path) -> Iterator[Callable[[str], None]]:
    """receivers(text): the operator's receivers.toml from now on."""

    def write(text: str) -> None:
        (folder_of_operator / "receivers.toml").write_text(text)
        receivers_of.cache_clear()

    write(RECEIVERS)
    yield write
    receivers_of.cache_clear()


@pytest.fixture
def operator(receivers: Callable[[str], None], operator: Operator, provider: Provider) -> Operator:
    return operator

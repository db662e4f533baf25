import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cases.identity.eid import broker as brokers
from cases.identity.eid.configured import faces_of
from cases.models import Operator
from tests.cases.identity.eid.provider import ANNA, BERTIL, SECRET, Provider, new_provider
from tests.operators.scenes import SMALL, Scene

FACE = """
[bankid]
issuer = "env:BANKID_ISSUER"
client_id = "the-desk"
client_secret = "env:BANKID_SECRET"
number_claim = "ssn"
[bankid.levels]
low = ["urn:demo:bankid:low"]
substantial = ["urn:demo:bankid:substantial"]
high = ["urn:demo:bankid:high"]
"""
IDENTITY = """
[[source.collection]]
key = "identity"
category = "national-id"
name = { sv = "Personnummer", da = "CPR-nummer", en = "Identity number" }
table = "identity"
key_columns = ["customer_no"]
find = { customer_no = "customer_no", national_id = "national_id" }
link = ["national_id"]
yields = [{ kind = "national_id", column = "national_id" }, { kind = "customer_no", column = "customer_no" }]
"""


@pytest.fixture(scope="session")
def running() -> Iterator[Provider]:
    provider = new_provider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def provider(running: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The provider, at the address that the operator's folder points at."""
    monkeypatch.setenv("BANKID_ISSUER", running.issuer)
    monkeypatch.setenv("MITID_ISSUER", running.issuer.replace("bankid", "mitid"))
    monkeypatch.setenv("BANKID_SECRET", SECRET)
    brokers.forget()
    running.spoil()
    yield running
    if running.process is None:
        running.start()


@pytest.fixture
def scene() -> Scene:
    """Two customers whose national numbers a source knows."""
    people = f"insert into identity values ('C1', '{ANNA}'), ('C2', '{BERTIL}');"
    tables = (
        f"{SMALL.tables}\ncreate table identity (customer_no text primary key, national_id text);\n{people}"
    )
    return Scene(SMALL.connectors + IDENTITY, tables)


@pytest.fixture
def offered() -> str:
    """The operator's identity.toml to begin with."""
    return FACE


@pytest.fixture
def faces(folder_of_operator: Path, offered: str) -> Iterator[Callable[[str], None]]:
    """faces(text): the operator's identity.toml from now on."""

    def write(text: str) -> None:
        (folder_of_operator / "identity.toml").write_text(text)
        faces_of.cache_clear()

    write(offered)
    yield write
    faces_of.cache_clear()


@pytest.fixture
def proof_asked() -> str:
    """Identity numbers are handed out on a strong proof alone."""
    return ""


@pytest.fixture
def operator(faces: Callable[[str], None], operator: Operator, provider: Provider) -> Operator:
    """An operator that offers BankID."""
    return operator


@pytest.fixture
def least_substantial(faces: Callable[[str], None]) -> None:
    faces(re.sub(r"^number_claim", 'least = "substantial"\nnumber_claim', FACE, flags=re.MULTILINE))

"""The operator under test: that of a scene, or one whose systems the test describes itself."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from cases.models import Operator
from cases.registers.register import parse_register
from cases.sources import configured as sources
from cases.sources.loading import load_operator
from dsar.scratch.desk import write_register
from tests.operators.scenes import SMALL, Scene

NAME = 'name = { sv = "Svenska", da = "Dansk", en = "English" }'


@pytest.fixture
def slug() -> str:
    """Whose register it is; a test about another operator parametrizes this."""
    return "tele2-se"


@pytest.fixture
def scene() -> Scene:
    """The operator's systems; a module may have another one."""
    return SMALL


@pytest.fixture
def crm_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], sqlite3.Connection]:
    """crm_with(tables) is the operator's own SQLite database, at the address in `CRM_URL`."""

    def make(tables: str) -> sqlite3.Connection:
        path = tmp_path / "crm.sqlite"
        monkeypatch.setenv("CRM_URL", f"sqlite:///{path}")
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # Nothing here outlives a power cut: waiting for the disk took most of the time that making it takes.
        database.execute("PRAGMA synchronous = OFF")
        database.executescript(f"BEGIN; {tables}; COMMIT;")
        return database

    return make


@pytest.fixture
def crm(crm_with: Callable[[str], sqlite3.Connection], scene: Scene) -> sqlite3.Connection:
    """The operator's own database, with what the scene has in it."""
    return crm_with(scene.tables)


@pytest.fixture
def proof_asked() -> str:
    """The proof that every category asks for; "" as the register is shipped."""
    return "low"


@pytest.fixture
def folder_of_operator(
    tmp_path: Path, slug: str, scene: Scene, proof_asked: str, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The operator's folder, with the register it is shipped with, but for the proof it asks, and no connectors."""
    folder = write_register(
        tmp_path / "operators", slug, like=slug, contacts=scene.contacts, asks=proof_asked
    )
    monkeypatch.setattr(settings, "OPERATORS_DIR", folder.parent)
    return folder


@pytest.fixture
def configured(folder_of_operator: Path) -> Iterator[Callable[[str], None]]:
    """configured(text): the operator's sources are described by this connectors.toml from now on."""

    def configure(text: str) -> None:
        (folder_of_operator / "connectors.toml").write_text(text)
        sources.sources_of.cache_clear()

    yield configure
    sources.sources_of.cache_clear()


@pytest.fixture
def describe(
    configured: Callable[[str], None], slug: str, db: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Operator]:
    """describe(connectors, NAME=value) is the operator with these sources; `NAME` in the text is a name."""

    def described(connectors: str, **environ: str) -> Operator:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        configured(re.sub(r"^NAME$", NAME, connectors, flags=re.MULTILINE))
        return load_operator(slug)[0]

    return described


@pytest.fixture
def operator(
    scene: Scene,
    crm: sqlite3.Connection,
    folder_of_operator: Path,
    describe: Callable[[str], Operator],
    slug: str,
) -> Operator:
    """The operator of the scene."""
    register = (folder_of_operator / "register.toml").read_text()
    return describe(scene.known_to(parse_register(register, slug)))


@pytest.fixture
def somewhere(request: pytest.FixtureRequest) -> None:
    """There is an operator to ask, unless the test describes it itself."""
    # `operator` is made of `describe`, so whoever names it has both.
    if "operator" in request.fixturenames or "describe" not in request.fixturenames:
        request.getfixturevalue("operator")


@pytest.fixture
def other_operator(db: None) -> Operator:
    return load_operator("telenor-dk")[0]


@pytest.fixture
def away(crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """away(True): nobody answers where the source was; away(False): it is back."""
    there = os.environ["CRM_URL"]

    def turn(gone: bool) -> None:
        monkeypatch.setenv("CRM_URL", "postgresql://nobody@127.0.0.1:1/crm" if gone else there)

    return turn


@pytest.fixture
def as_here(describe: Callable[..., Operator], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker process has to know to work in this test's database and folders."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environ = {
        "DATABASE_URL": database.geturl(),
        "REDIS_URL": settings.REDIS_URL,
        "DSAR_VAULT": str(settings.VAULT),
        "DSAR_ANCHORS": str(settings.ANCHORS),
        "DSAR_OPERATORS": str(settings.OPERATORS_DIR),
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The folder of the operator's files."""
    folder = tmp_path / "lake"
    folder.mkdir()
    return folder

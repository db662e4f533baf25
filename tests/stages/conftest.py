"""A small operator of our own: Tele2's register over one SQLite database, so that every stage can be driven by hand."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from stages_by_hand import prove, request
from stages_operator import CONNECTORS, TABLES

from cases.models import Case, Membership, Operator, User
from cases.request.intake import submit
from cases.sources import configured as operators
from cases.sources.loading import load_operator


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sqlite3.Connection:
    """The operator's own database: two customers, a number that changed hands, an unpaid invoice."""
    path = tmp_path / "crm.sqlite"
    monkeypatch.setenv("STAGES_CRM_URL", f"sqlite:///{path}")
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.executescript(TABLES)
    return connection


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """configured(text): the operator's sources are described by this connectors.toml from now on."""
    folder = tmp_path / "operators" / "tele2-se"
    folder.mkdir(parents=True)
    shutil.copy(settings.BASE_DIR / "operators" / "tele2-se" / "register.toml", folder)
    monkeypatch.setattr(settings, "OPERATORS_DIR", tmp_path / "operators")

    def configure(text: str) -> None:
        (folder / "connectors.toml").write_text(text)
        operators.sources_of.cache_clear()

    yield configure
    operators.sources_of.cache_clear()


@pytest.fixture
def operator(
    configured: Callable[[str], None], crm: sqlite3.Connection, db: None, monkeypatch: pytest.MonkeyPatch
) -> Operator:
    configured(CONNECTORS)
    monkeypatch.setattr(settings, "PROOF_ENOUGH", "low")
    return load_operator("tele2-se")[0]


@pytest.fixture
def away(crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """away(True): nobody answers where the source was; away(False): it is back."""
    there = os.environ["STAGES_CRM_URL"]

    def turn(gone: bool) -> None:
        monkeypatch.setenv("STAGES_CRM_URL", "postgresql://nobody@127.0.0.1:1/crm" if gone else there)

    return turn


@pytest.fixture
def staff(operator: Operator) -> Callable[..., User]:
    """staff("caseworker", "legal") is a user with these roles."""

    def make(*roles: str) -> User:
        user, created = User.objects.get_or_create(username="-".join(roles) or "nobody")
        for role in roles if created else ():
            Membership.objects.create(user=user, operator=operator, role=role)
        return user

    return make


@pytest.fixture
def ask(operator: Operator) -> Callable[..., Case]:
    """A request of one right, handed in; proven by its mailed code unless proven=False."""

    def make(right: str, email: str = "anna@example.com", *, proven: bool = True, **typed: str) -> Case:
        submission = submit(request(operator, right, email=email, **typed))
        if proven:
            prove(submission)
        return submission.cases.get()

    return make

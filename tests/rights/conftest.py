"""An operator over one SQLite database whose systems can restrict, correct, and tell who received data."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings

from cases.identity.verification import check_code
from cases.models import Case, MailedCode, Membership, Operator, Submission, User
from cases.registers.register import Register, parse_register
from cases.request.intake import Intake, submit
from cases.sealed.vault import unseal_for_operator
from cases.sources import configured
from cases.sources.loading import load_operator

HERE = Path(__file__).parent


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sqlite3.Connection:
    """The operator's own database; see systems.sql."""
    path = tmp_path / "crm.sqlite"
    monkeypatch.setenv("RIGHTS_CRM_URL", f"sqlite:///{path}")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript((HERE / "systems.sql").read_text())
    return connection


@pytest.fixture
def slug() -> str:
    """Whose register it is; a test about another operator parametrizes this."""
    return "tele2-se"


@pytest.fixture
def contacts() -> dict[str, str]:
    """The addresses that the operator has written down for its recipients."""
    return {"meta": "privacy@meta.example"}


@pytest.fixture
def everything() -> bool:
    """Whether what the operator's register has no purpose for was connected later, and nobody loaded it anew."""
    return False


def _systems(register: Register, *, everything: bool) -> Iterator[str]:
    """The configuration of the systems, as far as the register knows a purpose for what lies in them."""
    head, *collections = re.split(r"(?=\[\[source\.collection\]\])", (HERE / "connectors.toml").read_text())
    yield head
    for collection in collections:
        found = re.search(r'category = "([\w-]+)"', collection)
        assert found
        if everything or register.purposes_using(found[1]):
            yield re.sub(r"channels = \[(.*?)\]", lambda told: _known(told[1], register), collection)


def _known(channels: str, register: Register) -> str:
    """Those of the channels that a purpose of the register has; others would be a mistake."""
    known = [one for one in channels.split(", ") if one.strip('"') in register.channels()]
    return f"channels = [{', '.join(known)}]"


@pytest.fixture
def operator(
    tmp_path: Path,
    crm: sqlite3.Connection,
    db: None,
    monkeypatch: pytest.MonkeyPatch,
    slug: str,
    contacts: dict[str, str],
    everything: bool,
) -> Iterator[Operator]:
    folder = tmp_path / "operators" / slug
    folder.mkdir(parents=True)
    register = (settings.BASE_DIR / "operators" / slug / "register.toml").read_text()
    for key, contact in contacts.items():
        register = register.replace(f"[recipients.{key}]\n", f'[recipients.{key}]\ncontact = "{contact}"\n')
    (folder / "register.toml").write_text(register)
    connectors, known = folder / "connectors.toml", parse_register(register, slug)
    connectors.write_text("".join(_systems(known, everything=False)))
    monkeypatch.setattr(settings, "OPERATORS_DIR", tmp_path / "operators")
    monkeypatch.setattr(settings, "PROOF_ENOUGH", "low")
    configured.sources_of.cache_clear()
    loaded, _fresh = load_operator(slug)
    if everything:
        connectors.write_text("".join(_systems(known, everything=True)))
        configured.sources_of.cache_clear()
    yield loaded
    configured.sources_of.cache_clear()


@pytest.fixture
def staff(operator: Operator) -> Callable[..., User]:
    """staff("caseworker", "legal") is a user with these roles, the same each time."""

    def make(*roles: str) -> User:
        user, is_new = User.objects.get_or_create(username="-".join(roles))
        if is_new:
            Membership.objects.bulk_create(
                Membership(user=user, operator=operator, role=role) for role in roles
            )
        return user

    return make


@pytest.fixture
def ask_together(operator: Operator) -> Callable[..., list[Case]]:
    """ask_together("access", "erasure") is a proven request of Anna's: a case a right, in that order."""

    def make(*rights: str, email: str = "anna@example.com", language: str = "en", **typed: str) -> list[Case]:
        if {"objection", "rectification"} & set(rights):
            typed.setdefault("note", "Look at my address.")
        submission = submit(Intake(uuid4(), operator, language, rights, "Anna Test", email, **typed))
        check_code(submission, purpose=MailedCode.Purpose.PROVE, code=_mailed_code(submission))
        return [submission.cases.get(right=right) for right in rights]

    return make


@pytest.fixture
def ask(ask_together: Callable[..., list[Case]]) -> Callable[..., Case]:
    """ask("erasure") is a proven request of Anna's; another mailbox if given."""

    def make(right: str, email: str = "anna@example.com", **typed: str) -> Case:
        return ask_together(right, email=email, **typed)[0]

    return make


def _mailed_code(submission: Submission) -> str:
    mail = submission.mails.filter(kind="code").latest("pk")
    found = re.search(r"\b\d{3} ?\d{3}\b", json.loads(unseal_for_operator(mail.sealed))["body"])
    assert found
    return found[0].replace(" ", "")

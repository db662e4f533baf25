"""An operator whose systems a test describes itself, over Tele2's register, and cases worked by hand."""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from source_cases import CRM, mailed

from cases.assessment import assessing, deciding
from cases.collection import gathering as collection
from cases.execution.carrying_out import execute
from cases.execution.objections import suppressing
from cases.identity import matching
from cases.identity.verification import check_code
from cases.models import Case, MailedCode, Membership, Operator, User
from cases.request.intake import Intake, submit
from cases.sources import configured
from cases.sources.loading import load_operator

SLUG = "tele2-se"
NAME = 'name = { sv = "Svenska", da = "Dansk", en = "English" }'
CUSTOMERS_AND_FILES = (
    CRM
    + """
[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "customer"
key_columns = ["no"]
find = { email = "email", customer_no = "no" }
link = ["email"]
contract_end = "left_on"
yields = [{ kind = "customer_no", column = "no" }]

[[source]]
key = "lake"
NAME
kind = "files"
path = "env:LAKE"
time_zone = "Europe/Stockholm"
"""
)


@pytest.fixture
def describe(
    tmp_path: Path, db: None, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> Iterator[Callable[..., Operator]]:
    """describe(connectors, NAME=value) is the operator with these sources; `NAME` in the text is a name."""
    folder = tmp_path / "operators" / SLUG
    folder.mkdir(parents=True)
    shutil.copy(settings.BASE_DIR / "operators" / SLUG / "register.toml", folder)
    monkeypatch.setattr(settings, "OPERATORS_DIR", tmp_path / "operators")
    monkeypatch.setattr(settings, "PROOF_ENOUGH", "low")

    def described(connectors: str, **environ: str) -> Operator:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        (folder / "connectors.toml").write_text(re.sub(r"^NAME$", NAME, connectors, flags=re.MULTILINE))
        configured.sources_of.cache_clear()
        return load_operator(SLUG)[0]

    yield described
    configured.sources_of.cache_clear()


@pytest.fixture
def crm_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], sqlite3.Connection]:
    """crm_with(tables) is the operator's own SQLite database, described by `CRM`."""

    def make(tables: str) -> sqlite3.Connection:
        path = tmp_path / "crm.sqlite"
        monkeypatch.setenv("CRM", f"sqlite:///{path}")
        connection = sqlite3.connect(path, isolation_level=None)
        connection.executescript(tables)
        return connection

    return make


@pytest.fixture
def as_here(describe: Callable[..., Operator], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker process has to know to work in this test's database and folders."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environ = {
        "DATABASE_URL": database.geturl(),
        "REDIS_URL": settings.REDIS_URL,
        "DSAR_VAULT": str(settings.VAULT),
        "DSAR_OPERATORS": str(settings.OPERATORS_DIR),
        "DSAR_PROOF_ENOUGH": "low",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def staff() -> Callable[..., User]:
    """staff("caseworker", "legal") is a user with these roles at the operator."""

    def make(*roles: str) -> User:
        user, _made = User.objects.get_or_create(username="-".join(roles))
        for role in roles:
            Membership.objects.get_or_create(user=user, operator_id=SLUG, role=role)
        return user

    return make


@pytest.fixture
def signed_in(staff: Callable[..., User]) -> Callable[..., Client]:
    """A browser in which a member with these roles is signed in."""

    def make(*roles: str) -> Client:
        client = Client()
        client.force_login(staff(*roles), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def ask() -> Callable[..., Case]:
    """ask("access", "anna@example.com") is a request, handed in and proven by its mailed code."""

    def make(right: str = "access", email: str = "anna@example.com", **typed: str) -> Case:
        operator = Operator.objects.get(pk=SLUG)
        submission = submit(Intake(uuid4(), operator, "sv", (right,), "Anna Test", email, **typed))
        code = re.search(r"\b\d{3} ?\d{3}\b", mailed(submission, "code")["body"])
        assert code
        check_code(submission, purpose=MailedCode.Purpose.PROVE, code=code[0].replace(" ", ""))
        return submission.cases.get()

    return make


@pytest.fixture
def objected(ask: Callable[..., Case]) -> Callable[..., Case]:
    """objected("bo@example.com") is the objection to marketing of whoever has this mailbox, told where it can be."""

    def make(email: str = "anna@example.com", right: str = "marketing-objection") -> Case:
        case = ask(right, email)
        matching.match(case.pk)
        suppressing.take_interim_measure(case.pk)
        case.refresh_from_db()
        return case

    return make


@pytest.fixture
def gather() -> Callable[[Case], Case]:
    """Everything the workers do until the case waits for somebody."""

    def work(case: Case) -> Case:
        for _ in range(20):
            matching.match(case.pk)
            collection.collect(case.pk)
            for run in case.runs.filter(status__in=collection.WORKABLE):
                collection.collect_page(run.pk)
            case.refresh_from_db()
            busy = case.runs.filter(status__in=collection.WORKABLE).exists()
            if case.stage not in {"matching", "collection"} or (case.stage == "collection" and not busy):
                break
        return case

    return work


@pytest.fixture
def approved_erasure(
    ask: Callable[..., Case], gather: Callable[[Case], Case], staff: Callable[..., User]
) -> Callable[..., Case]:
    """approved_erasure() is Anna's, or that of whoever has this mailbox: gathered, judged, decided and approved."""

    def make(email: str = "anna@example.com") -> Case:
        case = gather(ask("erasure", email))
        assessing.assess(case.pk)
        deciding.confirm_all(case, by=staff("caseworker"))
        Case.objects.filter(pk=case.pk).update(stage="execution")
        case.refresh_from_db()
        return case

    return make


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The folder of the operator's files."""
    folder = tmp_path / "lake"
    folder.mkdir()
    return folder


@pytest.fixture
def erased_from_files(
    crm_with: Callable[[str], sqlite3.Connection],
    lake: Path,
    describe: Callable[..., Operator],
    approved_erasure: Callable[..., Case],
) -> Callable[[str], Case]:
    """erased_from_files(collection) is Anna's erasure, carried out; she is customer C1 and has left."""
    crm_with(
        "CREATE TABLE customer (no TEXT PRIMARY KEY, email TEXT, left_on DATE);"
        "INSERT INTO customer VALUES ('C1', 'anna@example.com', '2026-01-31');"
    )

    def make(collection: str) -> Case:
        describe(CUSTOMERS_AND_FILES + collection, LAKE=str(lake))
        case = approved_erasure()
        execute(case.pk)
        case.refresh_from_db()
        return case

    return make

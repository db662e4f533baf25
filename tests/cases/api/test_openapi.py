"""Every call as the description has it, and as it forbids it, against gunicorn: it answers as it says, no 5xx."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
import schemathesis
import yaml
from django.core.cache import cache
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as described

from cases.models import Case
from cases.models.case import Outcome
from demo.servers.processes import end_group, free_port, wait_until
from tests.cases.api.api_calls import ASKED

pytestmark = pytest.mark.django_db(transaction=True)
CALLS = {
    "POST /api/requests/", "POST /api/stop-list/", "GET /api/cases/{reference}/", "GET /api/cases/{reference}/package/",
}  # fmt: skip
TRUE = [
    checks.not_a_server_error,
    described.status_code_conformance,
    described.content_type_conformance,
    described.response_schema_conformance,
]
MODES = {GenerationMode.POSITIVE: [], GenerationMode.NEGATIVE: [described.negative_data_rejection]}
# Any text may be asked for as a reference, so that no question is wrong by its form.
WRONG = [(GenerationMode.NEGATIVE, label) for label in sorted(CALLS) if label.startswith("POST")]
EXAMPLES = 30


@pytest.fixture
def token(token_for: Callable[..., str]) -> str:
    return token_for("portal", "tele2-se")


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the desk as it runs elsewhere, with the tests' database. What it says goes into a file."""
    port, log = free_port(), Path(tmp_path_factory.mktemp("server")) / "log"
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    command = [
        "gunicorn",
        "dsar.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "4",
        "--no-control-socket",
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=os.environ | {"DATABASE_URL": database.geturl()}, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until(lambda: _answers(port), what="gunicorn", seconds=120, alive=lambda: process.poll() is None)
        yield f"http://127.0.0.1:{port}"
    finally:
        end_group(process.pid)
        process.wait()
    assert "Traceback" not in log.read_text()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def calls(server: str, token: str) -> dict[str, Any]:
    """Every operation of the description as the server gives it."""
    schema = schemathesis.openapi.from_url(f"{server}/api/schema/?format=json")
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


@pytest.fixture(autouse=True)
def unhurried() -> Iterator[None]:
    """What one test asked counts for no other."""
    cache.clear()
    yield
    cache.clear()


def test_these_are_all_the_calls(calls: dict[str, Any]) -> None:
    assert set(calls) == CALLS


@pytest.mark.parametrize(
    ("mode", "label"), [*((GenerationMode.POSITIVE, label) for label in sorted(CALLS)), *WRONG], ids=str
)
def test_the_server_answers_as_described(
    calls: dict[str, Any], token: str, mode: GenerationMode, label: str
) -> None:
    operation = calls[label]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        cache.clear()
        response = case.call(headers={"Authorization": f"Token {token}"}, timeout=30)
        case.validate_response(response, checks=[*TRUE, *MODES[mode]])

    ask()


@pytest.mark.parametrize("outcome", ["", *Outcome.values])
def test_what_became_of_a_case_is_one_of_the_words_described(
    calls: dict[str, Any], token: str, hand_in: Callable[..., Any], outcome: str
) -> None:
    reference = hand_in().json()["cases"][0]["reference"]
    if outcome:
        found = Case.objects.filter(reference=reference)
        found.update(stage="closed", outcome=outcome, closed_at="2026-05-01T10:00Z")
    case = calls["GET /api/cases/{reference}/"].Case(path_parameters={"reference": reference})
    response = case.call(headers={"Authorization": f"Token {token}"})
    assert response.json()["outcome"] == outcome
    case.validate_response(response, checks=TRUE)


@pytest.mark.parametrize("value", [46701740605, 1.5, True, None, ["a"], {}])
def test_a_number_is_no_text(portal: Any, hand_in: Callable[..., Any], value: object) -> None:
    asked = {"operator": "tele2-se", "identifiers": [{"kind": "msisdn", "value": value}]}
    assert portal.post("/api/stop-list/", asked, format="json").status_code == 400
    for field in ("operator", "name", "email", "phone", "note"):
        assert hand_in(key=uuid4().hex, **{field: value}).status_code == 400
    assert not Case.objects.exists()


def test_the_example_is_still_taken(hand_in: Callable[..., Any]) -> None:
    assert hand_in(**ASKED).status_code == 201


def test_the_description_knows_a_case_that_is_not_closed(operators: object) -> None:
    schema = yaml.safe_load(Client().get("/api/schema/").content)
    outcome = schema["components"]["schemas"]["CaseOut"]["properties"]["outcome"]
    assert str(outcome).count("$ref") == 2, "the words, and an empty one"

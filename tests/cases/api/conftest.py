"""An operator's own system, with its token, calling over HTTP."""

import pytest
from django.core.management import call_command

from cases.models import Operator
from cases.sources.loading import load_operator
from tests.cases.api.api_calls import ASKED, calling_with


@pytest.fixture
def operators(db: None) -> tuple[Operator, ...]:
    return tuple(load_operator(slug)[0] for slug in ("tele2-se", "telenor-dk"))


@pytest.fixture
def token_for(operators, capsys):
    """token_for("portal", "tele2-se") is the text of a fresh token of that user."""

    def make(username, *slugs, **options):
        call_command("api_token", username, operator=list(slugs), **options)
        return capsys.readouterr().out.strip()

    return make


@pytest.fixture
def portal(token_for):
    """The client of a system that belongs to Tele2 only."""
    return calling_with(token_for("portal", "tele2-se"))


@pytest.fixture
def hand_in(portal):
    """hand_in(key="k", **changes) posts a request that is good but for the changes."""

    def post(key="key-1", **changes):
        return portal.post(
            "/api/requests/", {**ASKED, **changes}, format="json", headers={"Idempotency-Key": key}
        )

    return post


@pytest.fixture
def send(portal):
    """send(bytes) posts a body as it is."""

    def post(body, content_type="application/json", key="key-1"):
        return portal.generic("POST", "/api/requests/", body, content_type, headers={"Idempotency-Key": key})

    return post

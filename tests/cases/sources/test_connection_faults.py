"""A source that cannot be reached: `manage.py check_sources` names the setting most likely wrong, its line, and why."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import stamina.instrumentation
from sqlalchemy import make_url

from connectors.description.tomlfile import ConfigError
from tests.cases.sources.test_check_sources import CRM, FILES, MANUAL, check
from tests.systems.api_server import Api, Asked, Reply

pytestmark = pytest.mark.django_db

API = """
[[source]]
key = "api"
NAME
kind = "http"
base_url = "BASE"
health = "/health"
attempts = 2

[source.auth]
kind = "bearer"
token = "env:API_TOKEN"

[[source.collection]]
key = "bills"
category = "usage"
NAME
path = "/bills/{customer_no}"
find = { customer_no = "customer_no" }
"""


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as running:
        yield running


def place(err: str) -> tuple[int, str, str]:
    """Line, key and reason, with the advice, of the one complaint."""
    (told,) = re.findall(r"connectors\.toml:(\d+): (\S+): (.*)", err)
    return int(told[0]), told[1], told[2]


def line_of(text: str, written: str) -> int:
    return text[: text.index(written)].count("\n") + 1


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("postgresql://desk:hunter2@nobody.invalid/crm", "unreachable: no such host"),
        ("postgresql://desk:hunter2@127.0.0.1:1/crm", "unreachable: nothing answers at its host and port"),
        ("mysql://desk:hunter2@nobody.invalid/crm", "unreachable: no such host"),
        ("mysql://desk:hunter2@127.0.0.1:1/crm", "unreachable: nothing answers at its host and port"),
        ("sqlite:////hunter2/crm.sqlite", "unreachable: its file is not there"),
        ("postgresql:/hunter2", "url: not an address of a database"),
    ],
)
def test_a_database_that_is_not_there_is_a_matter_of_its_url(
    describe: Callable[..., object], address: str, reason: str
) -> None:
    described = MANUAL + CRM
    describe(described, CHECKED_CRM=address)
    err = check()[1]
    line, key, told = place(err)
    assert (line, key) == (line_of(described, "url ="), "source[1].url")
    assert told.startswith(reason)
    assert "hunter2" not in err
    assert "https://." not in told


def test_a_database_of_another_name_or_an_unknown_user_is_a_matter_of_its_url(
    describe: Callable[..., object], postgres_url: str
) -> None:
    described = MANUAL + CRM
    server = make_url(postgres_url)
    for wrong, reason in (
        (server.set(database="no_such_crm"), "unreachable: no such database"),
        (server.set(username="nobody_such"), "denied: its user or password is not accepted"),
    ):
        describe(described, CHECKED_CRM=wrong.render_as_string(hide_password=False))
        line, key, told = place(check()[1])
        assert (line, key) == (line_of(described, "url ="), "source[1].url")
        assert told.startswith(reason)


def test_a_table_that_may_not_be_read_is_no_matter_of_the_url(
    describe: Callable[..., object], postgres_url: str
) -> None:
    described = CRM.replace('table = "customer"', 'table = "pg_catalog.pg_nothing"')
    describe(described, CHECKED_CRM=postgres_url)
    assert place(check()[1])[1] == "source[0].collection[0].table"


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        ("http://nobody.invalid", "unreachable: no such host"),
        ("http://127.0.0.1:1", "unreachable: nothing answers at its host and port"),
    ],
)
def test_an_api_that_is_not_there_is_a_matter_of_its_base_url(
    describe: Callable[..., object], base: str, reason: str
) -> None:
    described = MANUAL + API.replace("BASE", base)
    describe(described, API_TOKEN="t0ken")
    line, key, told = place(check()[1])
    assert (line, key) == (line_of(described, "base_url"), "source[1].base_url")
    assert told.startswith(reason)


def as_described(asked: Asked) -> Reply:
    if asked.headers.get("authorization") != "Bearer t0ken":
        return Reply(status=401)
    return Reply({}) if asked.path == "/health" else Reply(status=404)


def test_a_path_of_health_that_the_api_does_not_know_is_named(
    describe: Callable[..., object], api: Api
) -> None:
    api.answer = as_described
    described = MANUAL + API.replace("BASE", api.url).replace("/health", "/helth")
    describe(described, API_TOKEN="t0ken")
    line, key, told = place(check()[1])
    assert (line, key) == (line_of(described, "health ="), "source[1].health")
    assert told.startswith("rejected: 404")


def test_a_token_that_is_refused_or_not_set_is_named(
    describe: Callable[..., object], api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.answer = as_described
    described = MANUAL + API.replace("BASE", api.url)
    where = (line_of(described, "token ="), "source[1].auth.token")
    describe(described, API_TOKEN="hunter2")
    *found, told = place(check()[1])
    assert tuple(found) == where
    assert told.startswith("denied: 401")
    assert "hunter2" not in told
    monkeypatch.delenv("API_TOKEN")
    *found, told = place(check()[1])
    assert tuple(found) == where
    assert told.startswith("secret-missing: API_TOKEN")


def test_where_no_token_can_be_asked_for_its_address_is_named(
    describe: Callable[..., object], api: Api
) -> None:
    login = 'kind = "oauth2"\nclient_id = "env:API_TOKEN"\nclient_secret = "env:API_TOKEN"\n'
    login += 'token_url = "http://127.0.0.1:1/token"'
    described = API.replace("BASE", api.url).replace('kind = "bearer"\ntoken = "env:API_TOKEN"', login)
    describe(described, API_TOKEN="t0ken")
    line, key, told = place(check()[1])
    assert (line, key) == (line_of(described, "token_url"), "source[0].auth.token_url")
    assert told.startswith("unreachable: nothing answers")


def test_a_folder_that_is_not_there_is_a_matter_of_the_path(
    describe: Callable[..., object], tmp_path: Path
) -> None:
    described = MANUAL + FILES
    describe(described, CHECKED_FILES="/nope/x")
    line, key, told = place(check()[1])
    assert (line, key) == (line_of(described, "path ="), "source[1].path")
    assert told.startswith("path: the folder is not there")
    describe(described, CHECKED_FILES=str(tmp_path))
    line, key, told = place(check()[1])
    assert (line, key) == (line_of(described, "table ="), "source[1].collection[0].table")


def test_a_secret_that_is_written_out_is_told_where_secrets_belong(describe: Callable[..., object]) -> None:
    for written in ("abc", "a-longer-secret", "env:", ""):
        with pytest.raises(ConfigError) as caught:
            describe(API.replace("BASE", "http://127.0.0.1:1").replace("env:API_TOKEN", written))
        assert caught.value.key == "source[0].auth.token"
        assert caught.value.reason == "write `env:NAME` or `file:PATH`; no secret belongs in this file"


def test_further_tries_are_no_lines_of_the_command(describe: Callable[..., object]) -> None:
    tries = list[object]()
    stamina.instrumentation.set_on_retry_hooks([tries.append])
    try:
        describe(API.replace("BASE", "http://127.0.0.1:1"), API_TOKEN="t0ken")
        assert "unreachable" in check()[1]
        assert tries == []
        assert stamina.instrumentation.get_on_retry_hooks() == (tries.append,)
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)

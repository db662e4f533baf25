from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chromium import chromium
from desk_cases import gathered, hand_in, proven
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.remote.webdriver import WebDriver

from cases.models import Case, Membership, Operator, User
from cases.sources.loading import load_operator


@pytest.fixture
def operator(db: None) -> Operator:
    return load_operator("tele2-se")[0]


@pytest.fixture
def other_operator(db: None) -> Operator:
    return load_operator("telenor-dk")[0]


@pytest.fixture
def member(operator: Operator) -> Callable[..., User]:
    """member("caseworker", "legal") is a user with these roles at the operator, or at another one."""

    def make(*roles: str, at: Operator = operator, name: str = "") -> User:
        user, _created = User.objects.get_or_create(username=name or "-".join(roles) or "nobody")
        for role in roles:
            Membership.objects.get_or_create(user=user, operator=at, role=role)
        return user

    return make


@pytest.fixture
def signed_in(member: Callable[..., User]) -> Callable[..., Client]:
    """A browser in which a member with these roles is signed in."""

    def make(*roles: str, **kwargs: object) -> Client:
        client = Client()
        client.force_login(member(*roles, **kwargs), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def review_case(operator: Operator) -> Case:
    """An access case whose decisions are proposed."""
    return gathered(proven(hand_in(operator)))


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def browser(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[WebDriver]:
    dark = "theme" in request.fixturenames and request.getfixturevalue("theme") == "dark"
    with chromium(tmp_path / "profile", dark=dark) as driver:
        driver.implicitly_wait(0)
        yield driver


@pytest.fixture
def enter(
    browser: WebDriver, live_server: LiveServer, signed_in: Callable[..., Client]
) -> Callable[..., None]:
    """enter(path, "caseworker") opens a page as a signed-in member."""

    def go(path: str, *roles: str) -> None:
        cookie = signed_in(*roles).cookies["sessionid"].value
        browser.get(f"{live_server.url}/healthz")
        browser.add_cookie({"name": "sessionid", "value": cookie})
        browser.get(live_server.url + path)

    return go

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.remote.webdriver import WebDriver

from cases.models import Operator
from cases.sources.loading import load_operator
from tests.chromium import chromium, come_in


@pytest.fixture
def operator(db: None) -> Operator:
    return load_operator("tele2-se")[0]


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
        come_in(browser, live_server.url, signed_in(*roles))
        browser.get(live_server.url + path)

    return go

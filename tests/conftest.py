"""The servers tests run against: embedded ones, or those named by DATABASE_URL and REDIS_URL.

Nothing is started for tests that need no server. With xdist the first worker that needs them starts them for
all; the process that began the run stops them, or the watchman where it is killed.
"""

import fcntl
import gc
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import django
import pytest
import pytest_django
import redis
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.test import Client
from django.utils import translation
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.remote.webdriver import WebDriver

from demo.servers.postgres import Postgres, stop_server
from demo.servers.processes import end_group
from demo.servers.redis_server import Redis
from demo.system import NEEDS
from dsar.scratch.desk import keys
from tests.chromium import chromium, come_in, quit_all
from tests.migrated import TEMPLATE, start_migrated
from tests.watchman import watched

pytest_plugins = ["tests.operators.fixtures", "tests.operators.requests"]
# Markers of tests that need a system package.
NEEDED = {
    "pango": NEEDS["pango"],
    "fonts": NEEDS["fonts"],
    "browser": NEEDS["chromium"],
    "mariadb": NEEDS["mariadb"],
    "nginx": NEEDS["nginx"],
    "clamav": NEEDS["clamav"],
    "node": NEEDS["node"],
}
MINUTES = 600  # seconds that a test is allowed which is as good as a run of its own
FOLDER = "DSAR_TEST_FOLDER"  # set by the process that began the run; its workers inherit it


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays for the whole run; looked through again and again it takes a sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    gc.unfreeze()
    quit_all()
    if BEGAN_HERE:
        folder = Path(os.environ.pop(FOLDER))
        _stop_servers(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _is_long(item: pytest.Item) -> bool:
    allowed = item.get_closest_marker("timeout")
    return allowed is not None and allowed.args[0] >= MINUTES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first, so that no worker waits for another one at the end.

    Skips what needs a system package the machine lacks, by name; in CI nothing is left out.
    """
    items.sort(key=_is_long, reverse=True)
    if os.environ.get("CI") == "true":
        return
    for item in items:
        for marker, need in NEEDED.items():
            if item.get_closest_marker(marker) and not need.present():
                item.add_marker(pytest.mark.skip(reason=f"{need.what} is not installed"))


def _settle_environment(folder: Path) -> None:
    """Settles the addresses before Django's settings load; the servers start later, if at all."""
    given = [name for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ]
    (folder / "given.json").write_text(json.dumps(given))
    values = {
        FOLDER: str(folder),
        "DATABASE_URL": Postgres(folder / "pg", folder / "s").url("dsar"),
        "REDIS_URL": Redis(folder / "redis.log").url,
        **keys(),
        "DSAR_VAULT": str(folder / "vault"),
        "DSAR_ANCHORS": str(folder / "anchors"),
    }
    for name, value in values.items():
        os.environ.setdefault(name, value)


def _own_corner(worker: str) -> None:
    """A Redis database and a vault a worker: what one test queues or stores is no business of another's."""
    address = os.environ["REDIS_URL"].rpartition("/")[0]
    os.environ["REDIS_URL"] = f"{address}/{int(worker.removeprefix('gw')) % 15 + 1}"
    os.environ["DSAR_VAULT"] += f"/{worker}"


# Nothing that is imported and collected is garbage; `pytest_collection_finish` looks for some again.
gc.disable()
# At import, because conftests below this one already import models.
BEGAN_HERE = FOLDER not in os.environ
if BEGAN_HERE:
    TEMPORARY = Path(tempfile.mkdtemp(prefix="dsar-test-"))
    WATCHMAN = watched(TEMPORARY)
    _settle_environment(TEMPORARY)
elif WORKER := os.environ.get("PYTEST_XDIST_WORKER"):
    _own_corner(WORKER)
os.environ["DJANGO_SETTINGS_MODULE"] = "dsar.settings"
django.setup()
# A guess costs a fifth of a second so that nobody tries many; no test is about that.
PBKDF2PasswordHasher.iterations = 1
# Every client of a test would look through all static files anew once they have been collected beside it.
settings.WHITENOISE_AUTOREFRESH = True
# As with the servers: nothing of a test has to outlive a power cut, and each file stored would wait for the disk.
os.fsync = lambda _handle: None
if BEGAN_HERE:
    # Left to the workers, it would make pytest-django load the settings before they have their own corner.
    del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: what starts servers, browsers and workers waits for them half of its time."""
    return (os.cpu_count() or 1) + 1


def _start_servers(folder: Path) -> None:
    given = json.loads((folder / "given.json").read_text())
    if "DATABASE_URL" not in given:
        start_migrated(Postgres(folder / "pg", folder / "s", durable=False))
    if "REDIS_URL" not in given:
        queue = Redis.at(os.environ["REDIS_URL"], folder / "redis.log")
        queue.start()
        assert queue.process is not None
        (folder / "redis.pid").write_text(str(queue.process.pid))


def _stop_servers(folder: Path) -> None:
    stop_server(folder / "pg")
    if (folder / "redis.pid").exists():
        end_group(int((folder / "redis.pid").read_text()))


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A page leaves its language behind in the thread; the next test begins in its own."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def servers() -> None:
    """PostgreSQL and Redis answer at DATABASE_URL and REDIS_URL."""
    folder = Path(os.environ[FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "started").exists():
            _start_servers(folder)
            (folder / "started").touch()


@pytest.fixture(scope="session")
def template(servers: None) -> str | None:
    """The name of the migrated database that others are copies of; None on a server that was given."""
    given = json.loads((Path(os.environ[FOLDER]) / "given.json").read_text())
    return None if "DATABASE_URL" in given else TEMPLATE


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    template: str | None, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """On a server of our own a test database begins as a copy of the migrated one."""
    if template:
        connection.settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    """A test that commits is cleaned up after by TRUNCATE, which the record refuses everywhere else."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cases_auditentry DISABLE TRIGGER cases_audit_not_emptied")
        cursor.execute("ALTER TABLE cases_audithead DISABLE TRIGGER cases_audit_heads_not_emptied")


@pytest.fixture(scope="session")
def postgres_url(servers: None) -> str:
    """A URL of the server's maintenance database, for tests that make databases of their own."""
    address, _, query = os.environ["DATABASE_URL"].partition("?")
    return f"{address.rsplit('/', 1)[0]}/postgres" + (f"?{query}" if query else "")


@pytest.fixture(scope="session")
def redis_url(servers: None) -> str:
    return os.environ["REDIS_URL"]


@pytest.fixture
def broker(redis_url: str) -> Iterator[redis.Redis]:
    """The queue's Redis, empty before and after."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture
def browser(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[WebDriver]:
    """Empty, and dark where the test takes a `theme` that is."""
    dark = "theme" in request.fixturenames and request.getfixturevalue("theme") == "dark"
    with chromium(tmp_path / "profile", dark=dark) as driver:
        driver.implicitly_wait(0)
        yield driver


@pytest.fixture
def enter(
    browser: WebDriver, live_server: LiveServer, signed_in: Callable[..., Client]
) -> Callable[..., None]:
    """enter(path, "caseworker") opens a page as a signed-in member; nothing is left of whoever was there before."""

    def go(path: str, *roles: str) -> None:
        come_in(browser, live_server.url, signed_in(*roles))
        browser.get(live_server.url + path)

    return go

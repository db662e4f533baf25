"""A desk in a database of its own, which can be dumped by the commands of docs/deploy.md, lost, and restored."""

import re
import secrets
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils.module_loading import import_string
from psycopg import sql

from demo.servers.postgres import BINARIES

DEPLOY = (settings.BASE_DIR / "docs" / "deploy.md").read_text()
INSIDE = "docker compose exec -T postgres "
OF_OURS = re.compile(r"docker compose run --rm .*python manage\.py (?P<command>.*)")


def documented(heading: str) -> list[str]:
    """The commands under a heading of docs/deploy.md, in order."""
    section = DEPLOY.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line for block in re.findall(r"```sh\n(.*?)```", section, re.S) for line in block.splitlines()]


@dataclass
class Deployment:
    """Stands in for the engine: what runs inside the database's container runs here, against the test's server."""

    server: str
    database: str
    folder: Path
    said: list[str] = field(default_factory=list)

    def follow(self, heading: str, *words: str) -> None:
        """Run what is documented under a heading, as far as it has one of the words."""
        for line in documented(heading):
            if any(word in line for word in words):
                self.run(line)

    def run(self, line: str) -> None:
        """Raises CalledProcessError or CommandError. What a command of ours says is kept."""
        if ours := OF_OURS.fullmatch(line):
            self.said.append(self.manage(ours["command"].replace("/backup/", f"{self.folder}/")))
            return
        assert INSIDE in line, line
        line = re.sub(
            r"\bdsar\b", self.database, line.replace(INSIDE, f"{BINARIES}/").replace("-U dsar_owner ", "")
        )
        connection.close()
        self.shell(f"set -e; {line}")

    def shell(self, line: str) -> None:
        subprocess.run(["sh", "-c", line], cwd=self.folder, env=self._environment(), check=True, timeout=60)

    def manage(self, line: str) -> str:
        command, *words = shlex.split(line)
        out = StringIO()
        call_command(command, *words, stdout=out)
        return out.getvalue()

    def back_up(self) -> None:
        self.follow("Backup", "pg_dump")

    def lose(self) -> None:
        """The database is gone; an empty one is in its place."""
        self.follow("Restore", "dropdb", "createdb")

    def restore(self) -> str:
        self.follow("Restore", "manage.py restore")
        return self.said[-1]

    def _environment(self) -> dict[str, str]:
        at = urlsplit(self.server)
        host = parse_qs(at.query).get("host", [unquote(at.hostname or "")])[0]
        environment = {"PGHOST": host, "PGUSER": at.username or "", "PGPASSWORD": unquote(at.password or "")}
        return environment | {"PGPORT": str(at.port or 5432), "PATH": f"{BINARIES}:/usr/bin:/bin"}


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Django's connection leads to this database for the length of the block."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


@contextmanager
def database(server: str, name: str, like: str = "template1") -> Iterator[None]:
    """A database for the length of the block, whatever becomes of it there."""
    names = {"new": sql.Identifier(name), "like": sql.Identifier(like)}
    with psycopg.connect(server, autocommit=True) as at:
        at.execute(sql.SQL("CREATE DATABASE {new} TEMPLATE {like}").format(**names))
        try:
            yield
        finally:
            at.execute(sql.SQL("DROP DATABASE IF EXISTS {new} WITH (FORCE)").format(**names))


@pytest.fixture(scope="session")
def tables(postgres_url: str, template: str | None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a database with the desk's tables, to be copied."""
    if template:
        yield template
        return
    name = f"tables_{secrets.token_hex(4)}"
    with django_db_blocker.unblock(), database(postgres_url, name):
        with connected_to(name):
            call_command("migrate", verbosity=0)
        yield name


@pytest.fixture
def deployment(
    postgres_url: str, tables: str, django_db_blocker: Any, tmp_path: Path
) -> Iterator[Deployment]:
    """What a test writes is committed, and can be lost: its connection leads to a database of its own."""
    name = f"restored_{secrets.token_hex(4)}"
    (folder := tmp_path / "backup").mkdir()
    with django_db_blocker.unblock(), database(postgres_url, name, like=tables), connected_to(name):
        yield Deployment(postgres_url, name, folder)


@pytest.fixture
def db(deployment: Deployment) -> None:
    """What stands here for the database of a test: nothing is rolled back, and it can be lost."""


@pytest.fixture
def errands() -> Callable[[], None]:
    """Everything the clock asks for, done at once."""

    def run() -> None:
        for errand in settings.CELERY_BEAT_SCHEDULE.values():
            import_string(errand["task"])()

    return run

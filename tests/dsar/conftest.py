import os
import secrets
import sys
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from demo.servers.redis_server import Redis
from dsar.scratch.desk import keys


@pytest.fixture
def own_redis(tmp_path):
    """A Redis of the test's own, to be stopped and started."""
    server = Redis(tmp_path / "redis.log")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def empty_database(postgres_url):
    """The maintenance URL and the name of a database that nobody else uses; it goes in the end."""
    name = f"production_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield name
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def production_env(tmp_path):
    """Settings as a deployment would give them, for a process that needs no server."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DATABASE_URL": "postgres://desk:secret@database/dsar",
        "REDIS_URL": "redis://queue:6379/0",
        **keys(),
        "DSAR_BASE_URL": "https://desk.example",
        "DSAR_FROM_EMAIL": "desk@desk.example",
        "DSAR_OPERATORS": str(settings.BASE_DIR / "operators"),
        "DSAR_VAULT": str(tmp_path / "vault"),
        "DSAR_ANCHORS": str(tmp_path / "anchors"),
        "EMAIL_URL": "smtp+tls://desk:secret@mail.example:587",
    }

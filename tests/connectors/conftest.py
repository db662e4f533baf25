"""A database of one's own, an API of one's own, and sources described as an operator would."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from connectors.contract.base import Connector, Identifier, Page
from connectors.description import tomlfile
from connectors.description.config import ConnectorsFile, Source
from connectors.registry import connect
from tests.systems.api_server import Api
from tests.systems.mariadb_server import Connection, MariaDB

Describe = Callable[..., Source]
Connecting = Callable[..., Connector]

NAME = 'name = { sv = "x", da = "x", en = "x" }'


@pytest.fixture
def describe() -> Describe:
    """A source from the keys of its own table and those of each collection."""

    def described(source: str, *collections: str) -> Source:
        parts = [f'[[source]]\nkey = "s"\n{NAME}\n{source}']
        for index, collection in enumerate(collections):
            head = f'[[source.collection]]\nkey = "c{index or ""}"\ncategory = "traffic"\n{NAME}\n'
            parts.append(head + collection)
        return tomlfile.parse("\n".join(parts), "connectors.toml", ConnectorsFile).source[0]

    return described


@pytest.fixture
def connecting(describe: Describe) -> Connecting:
    """The connector of a source described like that."""

    def connected(source: str, *collections: str, **environ: str) -> Connector:
        return connect(describe(source, *collections), environ=environ)

    return connected


@pytest.fixture(scope="session")
def crm_url(postgres_url: str, worker_id: str) -> str:
    """A database for an operator's own system."""
    name = f"operator_{worker_id}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"drop database if exists {name} with (force)")
        server.execute(f"create database {name}")
    address, _, query = postgres_url.partition("?")
    return f"{address.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture
def crm(crm_url: str) -> Iterator[psycopg.Connection]:
    """A connection to it, with nothing in it."""
    with psycopg.connect(crm_url, autocommit=True) as connection:
        connection.execute("drop schema if exists crm cascade; create schema crm; set search_path = crm")
        yield connection


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """A MariaDB server; for tests marked `mariadb`."""
    server = MariaDB()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def shop(mariadb: MariaDB) -> Iterator[Connection]:
    """A connection to its database `crm`, with nothing in it."""
    with mariadb.connect() as connection:
        connection.query("drop database if exists crm")
        connection.query("create database crm")
        connection.select_db("crm")
        yield connection


@pytest.fixture
def api() -> Iterator[Api]:
    """An HTTP server whose answers the test writes."""
    with Api() as server:
        yield server


@pytest.fixture
def everything() -> Callable[..., list[bytes]]:
    """Reads a collection to its end in pages, each asked for with the cursor of the one before."""

    def read(connector: Connector, identifiers: list[Identifier], limit: int = 1000) -> list[bytes]:
        lines, cursor = [], None
        for _ in range(100_000):
            page: Page = connector.read("c", identifiers, cursor, limit)
            assert len(page.lines) <= limit
            lines += page.lines
            cursor = page.cursor
            if cursor is None:
                return lines
        raise AssertionError("the pages never end")

    return read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of files."""
    return tmp_path

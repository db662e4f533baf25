"""Where a database's name may lead: the rule that holds for APIs, at servers that answer over TCP."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from connectors.contract.base import Connector, SourceDown, SourceMisconfigured
from tests.systems.mariadb_server import Connection, MariaDB

NAME = "crm.operator.test"
TABLE = 'table = "crm.person"\nkey_columns = ["id"]\nfind = { customer_no = "id" }\n'


def _pour(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@contextmanager
def over_tcp(path: str) -> Iterator[int]:
    """The port at which what listens on a socket in a folder is reached."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    caller, _address = listening.accept()
                except OSError:
                    return
                behind = socket.socket(socket.AF_UNIX)
                behind.connect(path)
                for pair in ((caller, behind), (behind, caller)):
                    threading.Thread(target=_pour, args=pair, daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def leads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name leads to this machine when it is asked for the first time, and elsewhere from then on."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def found(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if host != NAME:
            return real(host, port, *args, **kwargs)
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.9"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return asked


def check(connecting: Callable[..., Connector], url: str, more: str = "") -> None:
    connecting(
        f'kind = "sql"\nurl = "env:CRM"\ntime_zone = "Europe/Stockholm"\n{more}\n', TABLE, CRM=url
    ).check()


def _holds(connecting: Callable[..., Connector], url: str, leads: list[str]) -> None:
    """Refused without the network, let in with it at the very address that was looked at, and by a written address."""
    named = url.replace("127.0.0.1", NAME)
    with pytest.raises(SourceMisconfigured, match="inside"):
        check(connecting, named)
    leads.clear()
    check(connecting, named, 'networks = ["127.0.0.1/32"]')
    assert leads == [NAME]
    check(connecting, url)


@pytest.fixture
def postgres(crm_url: str, crm: psycopg.Connection) -> Iterator[str]:
    crm.execute("create table person (id text primary key)")
    place = urlsplit(crm_url)
    with over_tcp(f"{parse_qs(place.query)['host'][0]}/.s.PGSQL.5432") as port:
        yield f"postgresql://{place.username}@127.0.0.1:{port}{place.path}"


def test_postgresql_is_reached_where_it_was_looked_for(
    connecting: Callable[..., Connector], postgres: str, leads: list[str]
) -> None:
    _holds(connecting, postgres, leads)
    leads.clear()
    twice = postgres.replace("127.0.0.1", f"127.0.0.1,{NAME}")
    with pytest.raises(SourceMisconfigured, match="inside"):
        check(connecting, twice)


@pytest.mark.mariadb
def test_mariadb_is_reached_where_it_was_looked_for(
    connecting: Callable[..., Connector], mariadb: MariaDB, shop: Connection, leads: list[str]
) -> None:
    shop.query("create table person (id varchar(20) primary key)")
    with over_tcp(parse_qs(urlsplit(mariadb.url()).query)["unix_socket"][0]) as port:
        _holds(connecting, f"mariadb://root@127.0.0.1:{port}/crm", leads)


def test_a_name_that_leads_nowhere_is_worth_another_try(
    connecting: Callable[..., Connector], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    for kind in ("postgresql", "mysql"):
        with pytest.raises(SourceDown, match="unreachable"):
            check(connecting, f"{kind}://desk@{NAME}/crm")

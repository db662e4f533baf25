"""A database that drops, freezes, or is used from several processes at once."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import psycopg
import pytest

from connectors.contract.base import Connector, Identifier, SourceDown
from connectors.sql.statement import engine

SOURCE = 'kind = "sql"\nurl = "env:CRM"\n'
CALLS = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\n'
SLOW = CALLS.replace('table = "crm.call"', 'query = "select id, msisdn, pg_sleep(60)::text from crm.call"')
PERSON = [Identifier("msisdn", "+461")]


@pytest.fixture
def calls(crm: psycopg.Connection) -> psycopg.Connection:
    crm.execute("create table call (id int primary key, msisdn text)")
    crm.execute("insert into call select i, '+461' from generate_series(1, 100) i")
    return crm


@contextmanager
def reading(connector: Connector) -> Iterator[list[Exception]]:
    """Reads on a thread of its own; what went wrong is in the list afterwards."""
    errors: list[Exception] = []

    def read() -> None:
        try:
            connector.read("c", PERSON, None, 10)
        except SourceDown as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    yield errors
    thread.join(30)
    assert not thread.is_alive()


def working_backend(crm: psycopg.Connection) -> int:
    """The server process that is sleeping in our statement."""
    query = "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
    found: tuple[int, ...] | None = None
    while found is None:
        found = crm.execute(query).fetchone()
    return found[0]


def test_a_connection_that_was_closed_while_idle_is_replaced(calls, connecting, crm_url):
    connector = connecting(SOURCE, CALLS, CRM=crm_url)
    connector.read("c", PERSON, None, 10)
    calls.execute(
        """select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where application_name = 'dsar' and datname = current_database()"""
    )
    assert len(connector.read("c", PERSON, None, 10).lines) == 10


def test_a_connection_that_drops_in_the_middle_is_a_passing_fault(calls, connecting, crm_url):
    with reading(connecting(SOURCE, SLOW, CRM=crm_url)) as errors:
        calls.execute("select pg_terminate_backend(%s)", [working_backend(calls)])
    assert len(errors) == 1


def test_a_server_that_freezes_is_hung_up_on(calls, connecting, crm_url, monkeypatch):
    monkeypatch.setattr(engine, "_GRACE", -57)
    with reading(connecting(SOURCE, SLOW, CRM=crm_url)) as errors:
        pid = working_backend(calls)
        if not psutil.pid_exists(pid):
            pytest.skip("the server is on another machine")
        os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGCONT)
    calls.execute("select pg_terminate_backend(%s, 5000)", [pid])
    assert len(errors) == 1


def _read_all(connector: Connector, everything: Callable[..., list[bytes]]) -> None:
    assert len(everything(connector, PERSON, 7)) == 100


def test_a_forked_worker_does_not_share_the_connection(calls, connecting, crm_url, everything):
    connector = connecting(SOURCE, CALLS, CRM=crm_url)
    _read_all(connector, everything)
    forked = multiprocessing.get_context("fork")
    workers = [forked.Process(target=_read_all, args=(connector, everything)) for _ in range(3)]
    for worker in workers:
        worker.start()
    _read_all(connector, everything)
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0

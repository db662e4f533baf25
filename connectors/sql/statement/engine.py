"""Connections to a database: few, short-lived, read-only unless something is to be changed."""

import difflib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from connectors.contract.addresses import Network
from connectors.contract.base import SourceMisconfigured, moment
from connectors.contract.causes import blaming
from connectors.sql.statement import pinned, session
from connectors.sql.statement.faults import translated

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GRACE = 5  # seconds the server gets to keep its own time-out before we hang up
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "oracle": "oracle+oracledb",
    "mssql": "mssql+pymssql",
    "clickhouse": "clickhousedb",
}
_PACKAGES = {  # what a deployment installs beside the desk
    "oracle": "oracledb",
    "mssql": "pymssql",
    "trino": "trino[sqlalchemy]",
    "snowflake": "snowflake-sqlalchemy",
    "clickhousedb": "clickhouse-connect[sqlalchemy]",
    "awsathena": "PyAthena[SQLAlchemy]",
    "bigquery": "sqlalchemy-bigquery",
    "cockroachdb": "sqlalchemy-cockroachdb",
    "databricks": "databricks-sqlalchemy",
    "db2": "ibm_db_sa",
    "exa": "sqlalchemy-exasol",
    "hana": "sqlalchemy-hana",
    "hive": "pyhive[hive]",
    "ibm_db_sa": "ibm_db_sa",
    "impala": "impyla",
    "redshift": "sqlalchemy-redshift",
    "starrocks": "starrocks",
    "teradatasql": "teradatasqlalchemy",
    "vertica": "sqlalchemy-vertica-python",
}


def batch_size(url: str) -> int:
    """How many keys one statement takes: PostgreSQL has them as one array, others as a parameter each."""
    return 10_000 if url.startswith("postgres") else 500


@contextmanager
def transaction(
    url: str,
    seconds: float,
    zone: str,
    *,
    networks: tuple[Network, ...] = (),
    write: bool = False,
    keep: bool = True,
) -> Iterator[Connection]:
    """One transaction in which every statement may take `seconds`. Raises SourceError for any fault.

    Without `keep`, what was written in it is taken back.
    """
    with translated(), _connected(url, networks) as connection, _deadline(connection, seconds + _GRACE):
        session.prepare(connection, seconds, zone, write)
        try:
            yield connection
        finally:
            session.restore(connection)
        # Also where a database knows no read-only transactions, nothing that was read is kept.
        connection.commit() if write and keep else connection.rollback()


@blaming("url")
@translated()
def _connected(url: str, networks: tuple[Network, ...]) -> Connection:
    """A connection. What the driver itself cannot make sense of is the address, or a file named in it."""
    engine = _engine(url, networks, os.getpid())
    try:
        return engine.connect()
    except sa.exc.ProgrammingError:
        raise SourceMisconfigured("url", "the driver does not understand it") from None
    except (TypeError, ValueError, OSError) as error:
        raise SourceMisconfigured("url", f"the driver does not take it: {type(error).__name__}") from None


def drop_rest(connection: Connection) -> None:
    """Leaves unread what a query still has to say. To MySQL that takes hanging up: its driver would read to the end."""
    driver = connection.connection.driver_connection
    result: Any = getattr(driver, "_result", None)
    if getattr(result, "unbuffered_active", False):
        result.unbuffered_active = False
        connection.invalidate()
        connection.rollback()


@lru_cache(maxsize=64)
def _engine(url: str, networks: tuple[Network, ...], _pid: int) -> Engine:
    """One engine a process and url: a forked worker must not share its parent's sockets."""
    kind = ""
    try:
        parsed = sa.make_url(url)
        kind = _DRIVERS.get(parsed.drivername, parsed.drivername).partition("+")[0]
        parsed = _existing(parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername)))
        pool = {} if parsed.drivername.startswith("sqlite") else {"pool_size": 2, "max_overflow": 6}
        engine = sa.create_engine(
            parsed,
            pool_pre_ping=True,
            pool_recycle=600,
            # Parameters are identifiers and keys; no error may quote them.
            hide_parameters=True,
            connect_args=_arguments(parsed),
            **pool,
        )
        if parsed.drivername.startswith("sqlite"):
            sa.event.listen(engine, "connect", _teach_sqlite)
        else:
            sa.event.listen(engine, "do_connect", _pinning(parsed, networks))
        return engine
    except (ImportError, sa.exc.NoSuchModuleError):
        raise SourceMisconfigured("url", _uninstalled(kind)) from None
    except (sa.exc.ArgumentError, ValueError):
        raise SourceMisconfigured("url", "not an address of a database") from None


def _pinning(url: URL, networks: tuple[Network, ...]) -> Callable[..., Any]:
    def connect(dialect: Any, _record: Any, given: list[Any], named: dict[str, Any]) -> Any:
        return pinned.pin(url, networks, dialect, given, named)

    return connect


def _uninstalled(kind: str) -> str:
    if kind in _PACKAGES:
        return f"{kind} needs a package that is not installed: pip install '{_PACKAGES[kind]}'"
    # Of the address itself nothing is repeated: it may be a secret in the wrong place.
    if near := difflib.get_close_matches(kind, sorted({*_DRIVERS, *_PACKAGES, "sqlite"}), n=1, cutoff=0.75):
        return f"not an address of a known kind of database; did you mean `{near[0]}://`?"
    return (
        "no installed package knows this kind of database: install its dialect for SQLAlchemy beside the desk"
    )


def _teach_sqlite(driver: Any, _record: Any) -> None:
    """SQLite has no time type: what a text or number means is asked of `moment`, as the desk reads it."""
    driver.create_function("dsar_moment", 2, _microseconds, deterministic=True)


def _microseconds(value: object, zone: str) -> int | None:
    found = moment(value, ZoneInfo(zone) if zone else None)
    return None if found is None else (found - _EPOCH) // timedelta(microseconds=1)


def _arguments(url: URL) -> dict[str, Any]:
    match url.get_backend_name():
        case "postgresql":
            # Prepared statements would break when the operator alters a table, and behind a connection pooler.
            return {
                "connect_timeout": 10,
                "application_name": "dsar",
                "client_encoding": "utf8",
                "prepare_threshold": None,
                "autocommit": False,  # whatever the address says: a dry run is taken back
            }
        case "mysql" | "mariadb":
            # No longer than the longest `timeout`: what a statement may take the server keeps.
            return {"connect_timeout": 10, "read_timeout": 3600, "charset": "utf8mb4"}
        case "sqlite":
            return {"timeout": 10}
    return {}


def _existing(url: URL) -> URL:
    """Opening a file that is not there would create an empty database, and find nothing in it."""
    if not url.drivername.startswith("sqlite") or not url.database or url.database.startswith("file:"):
        return url
    return url.set(database=f"file:{quote(url.database)}", query={"mode": "rw", "uri": "true"})


@contextmanager
def _deadline(connection: Connection, seconds: float) -> Iterator[None]:
    """Hangs up when the server does not keep its own time-out, as one that has frozen cannot."""
    driver = connection.connection.driver_connection
    timer = threading.Timer(seconds, _hang_up, [driver])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(driver: Any) -> None:
    if hasattr(driver, "interrupt"):
        driver.interrupt()
    elif hasattr(driver, "fileno"):
        # A connection is for one thread; this ends its wait from outside. A copy, so that closing it leaves the
        # driver's.
        with socket.socket(fileno=os.dup(driver.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)
    elif getattr(driver, "_sock", None) is not None:
        driver._sock.shutdown(socket.SHUT_RDWR)
    elif hasattr(driver, "cancel"):
        driver.cancel()

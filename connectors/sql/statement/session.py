"""What is said at the beginning of a transaction: read only, how long, in which time zone; to each in its own words."""

from typing import Any

from sqlalchemy.engine import Connection

from connectors.contract.base import SourceMisconfigured


def prepare(connection: Connection, seconds: float, zone: str, write: bool) -> None:
    """Limits every statement to `seconds`, and to reading unless `write`, as far as the database has words for it."""
    if write:
        refuse_changes(connection)
    for statement in statements(connection.dialect, seconds, zone, write):
        connection.exec_driver_sql(statement)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "oracle":
        driver.call_timeout = int(seconds * 1000)
    elif connection.dialect.driver == "pyodbc":
        driver.timeout = max(1, int(seconds))
    elif connection.dialect.driver == "pymssql":
        driver._conn.query_timeout = max(1, int(seconds))


def refuse_changes(connection: Connection) -> None:
    """Raises SourceMisconfigured where a change could neither be counted nor taken back."""
    if connection.dialect.name == "clickhousedb":
        raise SourceMisconfigured("not-erasable", "ClickHouse can only be read; change its rows by hand")


def restore(connection: Connection) -> None:
    """Takes back what would outlive the transaction and hinder the next one."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = OFF")


def statements(dialect: Any, seconds: float, zone: str, write: bool) -> list[str]:
    """What the database of this dialect is told before anything else."""
    milliseconds, whole = int(seconds * 1000), max(1, int(seconds))
    mode = "WRITE" if write else "ONLY"
    match dialect.name:
        case "postgresql":
            return [
                # LOCAL: the connection goes back to the pool, and the next transaction has limits of its own.
                f"SET TRANSACTION READ {mode}; SET LOCAL statement_timeout = {milliseconds};"
                f"SET LOCAL lock_timeout = {milliseconds}; SET LOCAL TimeZone = '{zone}'"
            ]
        case "mysql" | "mariadb":
            return _mysql(getattr(dialect, "is_mariadb", False), seconds, mode)
        case "sqlite":
            return [f"PRAGMA query_only = {'OFF' if write else 'ON'}"]
        case "oracle":
            # Rows are ordered as they are compared: another language's order would leave some out between pages.
            order = "ALTER SESSION SET NLS_SORT = BINARY NLS_COMP = BINARY TIME_ZONE = '+00:00'"
            return [order] if write else [order, "SET TRANSACTION READ ONLY"]
        case "mssql":
            # In a deadlock the operator's own work wins.
            return [f"SET LOCK_TIMEOUT {milliseconds}; SET DEADLOCK_PRIORITY LOW"]
        case "snowflake":
            return [f"ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = {whole}, TIMEZONE = 'UTC'"]
        case "clickhousedb":
            return [f"SET max_execution_time = {whole}"]
        case "trino":
            return [f"SET SESSION query_max_run_time = '{whole}s'"]
    return []


def _mysql(mariadb: bool, seconds: float, mode: str) -> list[str]:
    # MariaDB counts in seconds and limits everything; MySQL in milliseconds, and only what reads.
    limit = f"max_statement_time = {seconds}" if mariadb else f"max_execution_time = {int(seconds * 1000)}"
    patience = max(1, int(seconds))
    return [
        f"SET SESSION {limit}, time_zone = '+00:00', innodb_lock_wait_timeout = {patience},"
        # Not strict, MySQL cuts what is too long and only warns of it.
        f" lock_wait_timeout = {patience}, sql_mode = concat(sql_mode, ',STRICT_ALL_TABLES')",
        f"START TRANSACTION READ {mode}",
    ]

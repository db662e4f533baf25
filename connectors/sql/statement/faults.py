"""What a database says when something is wrong, in the terms of the contract.

A driver's message can quote a row, so that only its code and the names of tables and constraints are kept,
and the exception it came in is cut off.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from connectors.contract.base import SourceDown, SourceError, SourceGarbage, SourceMisconfigured
from connectors.contract.causes import LOGIN, cause
from connectors.sql.statement import refusals

_PASSING = ("08", "40", "53", "55", "57", "58")  # SQLSTATE classes that another try can get over
# PostgreSQL, ODBC, MySQL and MariaDB, Oracle, Trino, ClickHouse, in this order.
_TIMED_OUT = {
    "57014", "HYT00", "3024", "1969", "1028", "1205", "ORA-01013", "DPY-4024", "EXCEEDED_TIME_LIMIT", "159", "160",
}  # fmt: skip
# Deadlocks, locks that are taken, and more connections or questions than a server has room for.
_BUSY = {
    "40001", "40P01", "53300", "55P03", "1213", "1040", "1203", "1226", "ORA-00060", "QUERY_QUEUE_FULL", "202",
}  # fmt: skip
_DENIED = {
    "28000", "28P01", "3D000", "42501", "25006", "1044", "1045", "1049", "1142", "1143", "1227", "1370", "1698",
    "ORA-01017", "ORA-01031", "18456", "229", "230", "PERMISSION_DENIED", "516", "497", "SQLITE_READONLY",
    "SQLITE_PERM", "SQLITE_AUTH",
}  # fmt: skip
_NO_TABLE = {"42P01", "3F000", "1146", "ORA-00942", "208", "TABLE_NOT_FOUND"}
_NO_COLUMN = {"42703", "1054", "ORA-00904", "207", "COLUMN_NOT_FOUND"}
# MySQL's driver calls nearly everything operational; of the server's own errors these can pass.
_MYSQL_PASSING = {
    "1021", "1037", "1053", "1077", "1129", "1158", "1159", "1160", "1161", "1290", "1317", "1836", "1927", "3032",
    "3101", "3168", "3169", "4031",
}  # fmt: skip
_MYSQL_CLIENT = range(2000, 3000)  # what its driver says by itself: the connection is gone
# With another try, or another moment; what else SQLite says is said of the question, or of the file.
_SQLITE_PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_NOMEM",
                   "SQLITE_PROTOCOL")  # fmt: skip
_CODE = re.compile(r"[A-Z0-9_-]{4,40}")


@contextmanager
def translated() -> Iterator[None]:
    """Turns the errors of SQLAlchemy and its drivers into SourceError."""
    try:
        yield
    except SourceError:
        raise
    except exc.NoSuchTableError as error:
        raise SourceMisconfigured("no-table", str(error)) from None
    except exc.DBAPIError as error:
        raise _fault(error) from None
    except exc.TimeoutError:
        raise SourceDown("busy", "no free connection") from None
    except exc.SQLAlchemyError as error:
        raise SourceMisconfigured("sql", type(error).__name__) from None


def _fault(error: exc.DBAPIError) -> SourceError:
    code = _code(error.orig)
    # What SQLite says when it was interrupted.
    if code in _TIMED_OUT or str(error.orig) == "interrupted":
        return SourceDown("timeout", code)
    if code in _BUSY:
        return SourceDown("busy", code)
    if code in _DENIED:
        return SourceMisconfigured("denied", code)
    # A question breaks no rule of a table; there the same codes mean something else.
    reading = (error.statement or "").lstrip().upper().startswith(("SELECT", "WITH"))
    if not reading and (broken := refusals.ours(error.orig, code)) is not None:
        return SourceMisconfigured(broken, refusals.name(error.orig) or code)
    if isinstance(error, exc.IntegrityError):
        return SourceMisconfigured("constraint", refusals.name(error.orig) or code)
    if (missing := _missing(str(error.orig), code)) is not None:
        return SourceMisconfigured(missing, code)
    if isinstance(error, exc.DataError):
        return SourceMisconfigured("value", code)
    # Of ours there is one, in SQLite: it came upon a text that is no moment.
    if "user-defined function" in str(error.orig):
        return SourceGarbage("not-a-moment")
    if not _can_pass(error, code):
        return SourceMisconfigured("sql", code)
    told = cause(error.orig)
    return SourceMisconfigured("denied", told) if told == LOGIN else SourceDown("unreachable", told or code)


def _missing(said: str, code: str) -> str | None:
    if code in _NO_TABLE or said.startswith(("no such table", "unknown database")):
        return "no-table"
    return "no-column" if code in _NO_COLUMN or said.startswith("no such column") else None


def _can_pass(error: exc.DBAPIError, code: str) -> bool:
    if isinstance(error, exc.ProgrammingError):
        return False
    if code.isdigit() and type(error.orig).__module__.startswith("pymysql"):
        return int(code) < 1000 or int(code) in _MYSQL_CLIENT or code in _MYSQL_PASSING
    if code.startswith("SQLITE_"):
        return code.startswith(_SQLITE_PASSING)
    if len(code) == 5:
        return code[:2] in _PASSING
    return type(error) is not exc.DatabaseError  # what a driver can say no more of than that it failed


def _code(error: BaseException | None) -> str:
    """SQLSTATE, or the number or name that the database has for it."""
    first = error.args[0] if error is not None and error.args else None
    if isinstance(first, int):
        return str(first)
    for said in (getattr(error, "sqlstate", None), first, getattr(first, "full_code", None),
                 getattr(error, "error_name", None), getattr(error, "sqlite_errorname", None)):  # fmt: skip
        if isinstance(said, str) and _CODE.fullmatch(said):
            return said
    number = getattr(error, "code", None)
    return str(number) if isinstance(number, int) else ""

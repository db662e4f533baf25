"""What a database says when something is wrong, in the terms of the contract.

A driver's message can quote a row, so that only its code and the names of tables and constraints are kept,
and the exception it came in is cut off.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from connectors.base import SourceDown, SourceError, SourceGarbage, SourceMisconfigured

_PASSING = ("08", "40", "53", "55", "57", "58")  # SQLSTATE classes that another try can get over
_TIMED_OUT = {
    "57014", "HYT00", "3024", "1969", "1028", "1205", "ORA-01013", "DPY-4024", "EXCEEDED_TIME_LIMIT", "159", "160",
}  # fmt: skip
_BUSY = {
    "40001", "40P01", "53300", "55P03", "1213", "1040", "1203", "1226", "ORA-00060", "QUERY_QUEUE_FULL", "202",
}  # fmt: skip
_DENIED = {
    "28000", "28P01", "3D000", "42501", "1044", "1045", "1049", "1142", "1143", "1227", "1370", "1698",
    "ORA-01017", "ORA-01031", "18456", "229", "PERMISSION_DENIED", "516", "497",
}  # fmt: skip
_MISSING = {"1054", "1146", "ORA-00942", "ORA-00904", "207", "208", "TABLE_NOT_FOUND", "COLUMN_NOT_FOUND"}
# MySQL's driver calls nearly everything operational; of the server's own errors these can pass.
_MYSQL_PASSING = {
    "1021",
    "1037",
    "1053",
    "1077",
    "1129",
    "1158",
    "1159",
    "1160",
    "1161",
    "1290",
    "1317",
    "1836",
    "1927",
}
_CODE = re.compile(r"[A-Z0-9_-]{4,40}")
_CONSTRAINT = re.compile(r"CONSTRAINT `([^`]+)`")


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
    if code in _TIMED_OUT or str(error.orig) == "interrupted":
        return SourceDown("timeout", code)
    if code in _BUSY:
        return SourceDown("busy", code)
    if code in _DENIED:
        return SourceMisconfigured("denied", code)
    if isinstance(error, exc.IntegrityError):
        return SourceMisconfigured("constraint", _constraint(error.orig) or code)
    if _is_missing(error, code):
        return SourceMisconfigured("no-such", code)
    if isinstance(error, exc.DataError):
        return SourceMisconfigured("value", code)
    if "user-defined function" in str(error.orig):
        return SourceGarbage("not-a-moment")
    return SourceDown("unreachable", code) if _can_pass(error, code) else SourceMisconfigured("sql", code)


def _is_missing(error: exc.DBAPIError, code: str) -> bool:
    known = code in _MISSING or code.startswith("42") or "no such " in str(error.orig)
    return known or isinstance(error, exc.ProgrammingError)


def _can_pass(error: exc.DBAPIError, code: str) -> bool:
    if code.isdigit() and type(error.orig).__module__.startswith("pymysql"):
        return not 1000 <= int(code) < 2000 or code in _MYSQL_PASSING
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


def _constraint(error: BaseException | None) -> str:
    named = getattr(getattr(error, "diag", None), "constraint_name", None)
    found = _CONSTRAINT.search(str(error))
    return str(named or (found and found[1]) or "")

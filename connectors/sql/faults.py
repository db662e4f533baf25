"""What a database says when something is wrong, in the terms of the contract.

A driver's message can quote a row, so that only its code and the names of tables and constraints are kept,
and the exception it came in is cut off.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from connectors.base import SourceDown, SourceError, SourceGarbage, SourceMisconfigured

_PASSING = ("08", "40", "53", "55", "57", "58")  # SQLSTATE classes that another try can get over
_TIMED_OUT = {"57014", "HYT00", "3024", "1969", "1028"}
_DENIED = {"28000", "28P01", "3D000", "42501", "1044", "1045", "1049", "1142", "1143"}


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
    if code in _DENIED:
        return SourceMisconfigured("denied", code)
    if isinstance(error, exc.IntegrityError):
        return SourceMisconfigured("constraint", _constraint(error.orig) or code)
    if isinstance(error, exc.ProgrammingError) or code.startswith("42") or "no such " in str(error.orig):
        return SourceMisconfigured("no-such", code)
    if isinstance(error, exc.DataError):
        return SourceMisconfigured("value", code)
    if "user-defined function" in str(error.orig):
        return SourceGarbage("not-a-moment")
    if len(code) == 5 and code[:2] not in _PASSING:
        return SourceMisconfigured("sql", code)
    return SourceDown("unreachable", code)


def _code(error: BaseException | None) -> str:
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return state
    number = error.args[0] if error is not None and error.args else None
    return str(number) if isinstance(number, int) else getattr(error, "sqlite_errorname", "") or ""


def _constraint(error: BaseException | None) -> str:
    return str(getattr(getattr(error, "diag", None), "constraint_name", None) or "")

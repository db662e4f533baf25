"""DuckDB, small and alone: bounded memory, no files of its own, nothing downloaded."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from connectors.base import SourceDown, SourceError, SourceGarbage, SourceMisconfigured
from connectors.files.storage import Storage

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "160MB",
    "threads": 2,
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


@contextmanager
def opened(storage: Storage, seconds: float, zone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of one's own that is interrupted after `seconds`. Raises SourceError for any fault."""
    with translated(), duckdb.connect(config=_SETTINGS) as duck:
        duck.execute(f"SET TimeZone = '{zone}'")
        if storage.remote:
            duck.register_filesystem(storage.system)
        timer = threading.Timer(seconds, duck.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield duck
        finally:
            timer.cancel()


@contextmanager
def translated() -> Iterator[None]:
    """Turns the errors of DuckDB and of the file systems into SourceError, without what they quote."""
    try:
        yield
    except SourceError:
        raise
    except duckdb.InterruptException:
        raise SourceDown("timeout") from None
    except duckdb.OutOfMemoryException:
        raise SourceMisconfigured("memory", "a row group of this file is too big") from None
    except (duckdb.BinderException, duckdb.CatalogException):
        raise SourceMisconfigured("no-such", "a file has no such column, or one of another type") from None
    except duckdb.IOException:
        raise SourceDown("unreachable") from None
    except duckdb.Error as error:
        raise SourceGarbage("not-readable", type(error).__name__) from None
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise SourceMisconfigured("path", type(error).__name__) from None
    except OSError as error:
        raise SourceDown("unreachable", type(error).__name__) from None
    except Exception as error:
        # What an object storage client raises is its own business; its name says enough.
        if type(error).__module__.partition(".")[0] in ("botocore", "aiobotocore", "aiohttp"):
            raise SourceDown("unreachable", type(error).__name__) from None
        raise

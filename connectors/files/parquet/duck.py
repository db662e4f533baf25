"""DuckDB, small and alone: bounded memory, no files of its own, nothing downloaded."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import duckdb

from connectors.contract.base import SourceDown, SourceError, SourceGarbage, SourceMisconfigured
from connectors.files.parquet.moments import NO_MOMENT
from connectors.files.storage import Storage

_NO_MOMENT = re.compile(f"Invalid Input Error: {NO_MOMENT}(.*)")
# Rows are streamed, from pages that are read one by one and not a row group in advance.
_MEMORY = "200MB"
_STREAMED = "LOAD parquet; SET disable_parquet_prefetching = true"
# What a page took is given back at once and not kept for the next: 20 MB less of a worker, for a tenth of the time.
_GIVEN_BACK = "SET allocator_bulk_deallocation_flush_threshold = '8MB'"

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,  # a worker is a process of its own; more threads read no faster and hold more
    "memory_limit": _MEMORY,
    # Spilling would leave rows readable on a disk.
    "temp_directory": "",
    "enable_external_file_cache": False,  # files are replaced under us, by ourselves for one
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


@contextmanager
def opened(storage: Storage, seconds: float, zone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A session of one's own that is interrupted after `seconds`. Raises SourceError for any fault."""
    with translated(), _instance(storage, os.getpid()).cursor() as duck:
        duck.execute(f"SET TimeZone = '{zone}'")
        timer = threading.Timer(seconds, duck.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield duck
        finally:
            timer.cancel()


@lru_cache(maxsize=16)
# By the process as well: a forked one must not go on with its parent's.
def _instance(storage: Storage, _pid: int) -> duckdb.DuckDBPyConnection:
    """One instance a process and place, since starting one takes as long as reading a page."""
    instance = duckdb.connect(config=_SETTINGS)
    instance.execute(f"{_STREAMED}; {_GIVEN_BACK}")
    if storage.remote:
        instance.register_filesystem(storage.system)
    return instance


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
        if told := _NO_MOMENT.fullmatch(str(error)):
            raise SourceGarbage("not-a-moment", told[1]) from None
        raise SourceGarbage("not-readable", type(error).__name__) from None
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise SourceMisconfigured("path", type(error).__name__) from None
    except OSError as error:
        raise _ours(error) or SourceDown("unreachable", type(error).__name__) from None
    except UnicodeDecodeError:
        raise SourceGarbage("not-readable", "not UTF-8") from None
    except Exception as error:
        # What an object storage client raises is its own business; its name says enough.
        if type(error).__module__.partition(".")[0] in ("botocore", "aiobotocore", "aiohttp"):
            raise _ours(error) or SourceDown("unreachable", type(error).__name__) from None
        if type(error).__module__.partition(".")[0] == "pyarrow":
            raise SourceGarbage("not-readable", type(error).__name__) from None
        raise


def _ours(error: BaseException | None) -> SourceError | None:
    """What a connector said itself, in the midst of a client that wrapped it in errors of its own."""
    while error is not None and not isinstance(error, SourceError):
        error = error.__cause__ or error.__context__
    return error

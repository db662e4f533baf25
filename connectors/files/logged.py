"""Folders whose files belong to a table with a log of its own: which of them are the table's rows, the log alone says.

Files that the log has let go lie beside those it counts, and what is taken out of a file behind its back comes back
or breaks the table. So such a folder is never read as plain files, nor written anew.
"""

import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from connectors.contract.base import SourceMisconfigured

# The folder in which a table keeps its log, and what lies in it where the name alone says too little.
_LOGS = (("_delta_log", None, "Delta"), (".hoodie", None, "Hudi"), ("metadata", "*.metadata.json", "Iceberg"))
_REMEMBERED = 60.0  # seconds


def refuse_tables(system: Any, names: Iterable[str], *, remote: bool) -> None:
    """Raises SourceMisconfigured where one of these files lies in such a table, however far up its log is."""
    for folder in dict.fromkeys(above for name in names for above in _above(name, remote=remote)):
        known = not remote or folder in system.dircache
        if table := _listed(system, folder) if known else _asked(system, folder):
            place = folder.rpartition("/")[2]
            raise SourceMisconfigured(
                "table-format", f"`{place}` is a table of {table}; its files are no rows by themselves"
            )


def _asked(system: Any, folder: str) -> str | None:
    """The same of a folder that was not listed to find the files, and is on another machine."""
    return _asked_within(system, folder, int(time.monotonic() / _REMEMBERED))


# Each page of each case would ask for the same; and a folder becomes a table by somebody's hand, if ever.
@lru_cache(maxsize=4096)
def _asked_within(system: Any, folder: str, _time: int) -> str | None:
    return _listed(system, folder)


def _listed(system: Any, folder: str) -> str | None:
    """Of which kind the table is whose log lies in the folder; None where there is none."""
    return next((table for log, inside, table in _LOGS if _there(system, f"{folder}/{log}", inside)), None)


def _above(name: str, *, remote: bool) -> Iterator[str]:
    """The folders a file lies in; also those that it is reached through, where a link stands between."""
    folders = {path for way in _ways(name, remote=remote) for path in way.parents}
    return (str(path) for path in sorted(folders) if str(path) not in (".", "/"))


def _ways(name: str, *, remote: bool) -> tuple[Path, ...]:
    return (Path(name),) if remote else (Path(name), Path(name).resolve())


def _there(system: Any, log: str, inside: str | None) -> bool:
    try:
        return bool(system.exists(log) and (inside is None or system.glob(f"{log}/{inside}")))
    except PermissionError:
        return False  # whoever gave us a prefix of a store need not let us look above it

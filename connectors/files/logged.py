"""Folders whose files belong to a table with a log of its own: which of them are the table's rows, the log alone says.

Files that the log has let go lie beside those it counts, and what is taken out of a file behind its back comes back
or breaks the table. So such a folder is never read as plain files, nor written anew.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from connectors.contract.base import SourceMisconfigured

# The folder in which a table keeps its log, and what lies in it where the name alone says too little.
_LOGS = (("_delta_log", None, "Delta"), (".hoodie", None, "Hudi"), ("metadata", "*.metadata.json", "Iceberg"))


def refuse_tables(system: Any, names: Iterable[str], *, remote: bool) -> None:
    """Raises SourceMisconfigured where one of these files lies in such a table, however far up its log is."""
    for folder in dict.fromkeys(above for name in names for above in _above(name, remote=remote)):
        for log, inside, table in _LOGS:
            if _there(system, f"{folder}/{log}", inside):
                place = folder.rpartition("/")[2]
                raise SourceMisconfigured(
                    "table-format", f"`{place}` is a table of {table}; its files are no rows by themselves"
                )


def _above(name: str, *, remote: bool) -> Iterator[str]:
    """The folders a file lies in; also those that it is reached through, where a link stands between."""
    folders = {path for way in _ways(name, remote=remote) for path in way.parents}
    return (str(path) for path in sorted(folders) if str(path) not in (".", "/"))


def _ways(name: str, *, remote: bool) -> tuple[Path, ...]:
    return (Path(name),) if remote else (Path(name), Path(name).resolve())


def _there(system: Any, log: str, inside: str | None) -> bool:
    try:
        # What was listed to find the files is remembered: within the source's place this asks nobody anew.
        return bool(system.exists(log) and (inside is None or system.glob(f"{log}/{inside}")))
    except PermissionError:
        return False  # whoever gave us a prefix of a store need not let us look above it

"""A Delta table as its library opens it, and what the library cannot open or change, in our words."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

from deltalake import DeltaTable
from deltalake.exceptions import (
    CommitFailedError,
    DeltaError,
    DeltaProtocolError,
    SchemaMismatchError,
    TableNotFoundError,
)

from connectors.contract.addresses import looked_at
from connectors.contract.base import SourceDown, SourceError, SourceGarbage, SourceMisconfigured
from connectors.description.config import FilesCollection, FilesSource
from connectors.description.secret import resolve
from connectors.files.storage import Storage

# What a reader of the files themselves has to mind: the first is minded in `snapshot`, the rest asks nothing of it.
_READ = frozenset({"deletionVectors", "timestampNtz", "v2Checkpoint", "vacuumProtocolCheck", "typeWidening",
                   "typeWidening-preview", "variantType", "variantType-preview"})  # fmt: skip
_UNSUPPORTED = re.compile(r"Unsupported.*?[\['](.+)[\]']")
_ELSEWHERE = re.compile(r"AccessDenied|Forbidden|Unauthorized|InvalidAccessKeyId|SignatureDoesNotMatch")
_KEPT = "delta.deletedFileRetentionDuration"
_INTERVAL = re.compile(r"(?:interval )?(\d+) (second|minute|hour|day|week)s?", re.IGNORECASE)
_DEFAULT = timedelta(days=7)


def opened_table(
    source: FilesSource,
    storage: Storage,
    collection: FilesCollection,
    environ: Mapping[str, str],
    version: int | None,
) -> DeltaTable:
    """The table, as it is or as it was in this version. Raises SourceError."""
    place = f"{storage.root}/{collection.table}"
    with told():
        options = _options(source, environ) if storage.remote else {}
        table = DeltaTable(
            f"s3://{place}" if storage.remote else place, version=version, storage_options=options
        )
        _refuse_unread(table)
    return table


def kept(table: DeltaTable) -> timedelta:
    """How long the table keeps the files of earlier versions, by its own settings. Raises SourceMisconfigured."""
    said = table.metadata().configuration.get(_KEPT)
    if said is None:
        return _DEFAULT
    if (found := _INTERVAL.fullmatch(said.strip())) is None:
        raise SourceMisconfigured("table-feature", f"{_KEPT} is no number of days or hours")
    return int(found[1]) * timedelta(**{f"{found[2].lower()}s": 1})


@contextmanager
def told() -> Iterator[None]:
    """Turns the errors of the library into SourceError, without what they quote."""
    try:
        yield
    except SourceError:
        raise
    except TableNotFoundError:
        raise SourceMisconfigured("no-files", "there is no Delta table") from None
    except (DeltaProtocolError, SchemaMismatchError, CommitFailedError, DeltaError) as error:
        raise _told(error) from None
    except OSError as error:
        code = "denied" if _ELSEWHERE.search(str(error)) else "unreachable"
        raise SourceDown(code, type(error).__name__) from None


def _told(error: Exception) -> SourceError:
    said = str(error)
    if found := _UNSUPPORTED.search(said):
        names = sorted(set(re.findall(r"[A-Za-z][\w-]+", found[1])) - {"Unknown"})
        return SourceMisconfigured("table-feature", ", ".join(names))
    if "append-only" in said:
        return SourceMisconfigured("append-only")
    if isinstance(error, CommitFailedError):
        return SourceDown("file-changed", "somebody else writes this table")
    if _ELSEWHERE.search(said):
        return SourceMisconfigured("denied")
    return SourceGarbage("not-readable", type(error).__name__)


def _refuse_unread(table: DeltaTable) -> None:
    needed = set(table.protocol().reader_features or ())
    if table.metadata().configuration.get("delta.columnMapping.mode", "none") != "none":
        needed.add("columnMapping")
    for name in sorted(needed - _READ):
        raise SourceMisconfigured("table-feature", name)


def _options(source: FilesSource, environ: Mapping[str, str]) -> dict[str, str]:
    """How the library signs in to object storage; its names are looked at first, as of every source."""
    given = {"AWS_ACCESS_KEY_ID": source.access_key, "AWS_SECRET_ACCESS_KEY": source.secret_key,
             "AWS_ENDPOINT_URL": source.endpoint}  # fmt: skip
    options = {name: resolve(value, environ) for name, value in given.items() if value}
    address = urlsplit(options.get("AWS_ENDPOINT_URL", ""))
    if address.hostname:
        looked_at(address.hostname, address.port or 443, source.networks)
    if address.scheme == "http":
        options["AWS_ALLOW_HTTP"] = "true"
    return (
        {"AWS_REGION": "us-east-1", **options, "timeout": f"{source.timeout:g}s"}
        if address.hostname
        else options
    )

"""Looking a source over without asking about anybody: is it as described, how big is it, what is in its columns?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.contract.base import Connector, SourceError
from connectors.contract.guarded import unforeseen
from connectors.description import tomllines
from connectors.description.apisource import HttpSource
from connectors.description.collection import Collection
from connectors.description.config import Source, SqlCollection
from connectors.description.secret import reference
from connectors.description.tomlfile import Fault, dotted, shown
from connectors.files.connector import FilesConnector
from connectors.rehearsal import rehearse
from connectors.sql.connector import SqlConnector
from connectors.sql.survey import sample as sql_sample
from connectors.sql.survey import survey as sql_survey


@dataclass(frozen=True)
class Surveyed:
    """A collection that can be read as described. `rows` is None where counting costs as much as reading.

    `hints` are codes of what will be slow or doubtful: `key-unproven`, `find-unindexed:<kind>`,
    `no-transactions`, `as-text:<column>`; and of what `rehearsal` could not ask.
    """

    collection: str
    columns: int
    rows: int | None
    hints: tuple[str, ...]


class Unusable(Exception):
    """A source that cannot be read as described: the place in the file if a key is to blame, and the error."""

    def __init__(self, error: SourceError, collection: Collection | None) -> None:
        super().__init__(str(error))
        self.error, self.collection = error, collection


def survey(source: Source, connector: Connector) -> list[Surveyed]:
    """Every collection of a source. Raises Unusable for the first that cannot be read."""
    found = [_survey(connector, collection) for collection in source.collection]
    # Databases and files were checked above, collection by collection.
    if not isinstance(connector, SqlConnector | FilesConnector):
        _check(connector, None)
    return [
        replace(one, hints=(*one.hints, *_rehearsed(connector, collection)))
        for one, collection in zip(found, source.collection, strict=True)
    ]


def _rehearsed(connector: Connector, collection: Collection) -> tuple[str, ...]:
    try:
        return tuple(rehearse(connector, collection))
    except SourceError as error:
        raise Unusable(error, collection) from None
    except Exception as error:  # noqa: BLE001 - as above
        raise Unusable(unforeseen(error), collection) from None


def _survey(connector: Connector, collection: Collection) -> Surveyed:
    try:
        columns = connector.describe(collection.key)
        rows, hints = (
            sql_survey(connector, collection.key) if isinstance(connector, SqlConnector) else (None, ())
        )
    except SourceError as error:
        raise Unusable(error, collection) from None
    except Exception as error:  # noqa: BLE001 - the other sources are still to be asked
        raise Unusable(unforeseen(error), collection) from None
    # One collection at a time, or nobody would know which of them does not fit.
    if isinstance(connector, SqlConnector):
        alone = connector.source.model_copy(update={"collection": (collection,)})
        _check(replace(connector, source=alone), collection)
    elif isinstance(connector, FilesConnector):
        part = connector.source.model_copy(update={"collection": (collection,)})
        _check(replace(connector, source=part), collection)
    odd = tuple(f"as-text:{one.name}" for one in columns if not one.known)
    return Surveyed(collection.key, len(columns), rows, (*hints, *odd))


def _check(connector: Connector, collection: Collection | None) -> None:
    try:
        connector.check()
    except SourceError as error:
        raise Unusable(error, collection) from None
    except Exception as error:  # noqa: BLE001 - as above
        raise Unusable(unforeseen(error), collection) from None


def sample(connector: Connector, collection: str, limit: int) -> list[bytes]:
    """A few rows of anybody's, as JSON lines: for a technician who sees them masked. Raises SourceError.

    A web service is asked about persons only, so there are none from there.
    """
    if isinstance(connector, SqlConnector):
        return sql_sample(connector, collection, limit)
    if isinstance(connector, FilesConnector):
        return connector.sample(collection, limit)
    return []


def place(folder: Path, sources: tuple[Source, ...], source: Source, unusable: Unusable) -> Fault:
    """Where in `folder/connectors.toml` the key stands that does not fit the source."""
    path: tomllines.Path = ("source", sources.index(source))
    if to_blame := _source_key(source, unusable.error):
        path = (*path, *to_blame)
    elif unusable.collection is not None:
        path = (*path, "collection", source.collection.index(unusable.collection), *_key(unusable))
    file = folder / "connectors.toml"
    places = tomllines.lines(file.read_text(encoding="utf-8"))
    at = path
    while at not in places:
        at = at[:-1]
    return Fault(shown(file), places[at], dotted(at), str(unusable.error))


def _source_key(source: Source, error: SourceError) -> tomllines.Path:
    """The key of the source itself that an error is about: its address, how it is signed in to, a path to ask."""
    if error.code == "secret-missing":
        return _reference(source, error.detail.partition(" ")[0].removeprefix("file:"))
    if isinstance(source, HttpSource) and error.code in ("denied", "unauthorized"):
        secrets = ("token", "password", "client_secret")
        return ("auth", *(name for name in secrets if getattr(source.auth, name)))
    if error.key:
        return error.key
    if isinstance(source, HttpSource) and source.health is not None and error.code == "rejected":
        return ("health",)
    if error.code == "path":
        return ("path",)
    if error.code in ("url", "unreachable"):
        name = next((one for one in ("endpoint", "url", "base_url") if getattr(source, one, None)), "")
        return (name,) if name else ()
    return ()


def _reference(source: Source, wanted: str) -> tomllines.Path:
    """The key that points at the secret of this name, of the source or of a table in it."""
    written = source.model_dump(exclude={"collection"})
    for name, value in written.items():
        named = [((name, part), one) for part, one in value.items()] if isinstance(value, dict) else []
        for key, one in [((name,), value), *named]:
            if isinstance(one, str) and reference(one) and one.partition(":")[2] == wanted:
                return key
    return ()


def _key(unusable: Unusable) -> tomllines.Path:
    """The key of the collection that an error is about; empty where it is about the collection as a whole."""
    error, collection = unusable.error, unusable.collection
    assert collection is not None
    asked = "query" if getattr(collection, "query", None) is not None else "table"
    if error.code in {"no-table", "no-such", "no-files", "sql", "table-format"}:
        return (asked,)
    if error.code in {"guarded-reference", "guarded-trigger"}:
        return ("on_erase",)
    if error.code == "no-pruning":
        return ("partition",)
    if error.code == "at-type":
        return ("at",)
    told = {error.detail, error.detail.removeprefix(f"{getattr(collection, 'table', None)}.")}
    unnamed = (asked,) if error.code == "no-column" and asked == "query" else ()
    return next((path for path, name in _named(collection) if name in told), unnamed)


def _named(collection: Collection) -> Iterator[tuple[tomllines.Path, str]]:
    yield from collection.named_columns()
    yield from ((("columns", index), name) for index, name in enumerate(collection.columns))
    if isinstance(collection, SqlCollection):
        yield from collection.written_columns()
    yield from ((("find", kind), name) for kind, find in collection.find.items() for name in find.columns)

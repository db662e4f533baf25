"""Looking a source over without asking about anybody: is it as described, how big is it, what is in its columns?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors import tomllines
from connectors.base import Connector, SourceError
from connectors.collection import Collection
from connectors.config import Source
from connectors.files.connector import FilesConnector
from connectors.sql.connector import SqlConnector
from connectors.sql.survey import sample as sql_sample
from connectors.sql.survey import survey as sql_survey
from connectors.tomlfile import Fault, dotted, shown


@dataclass(frozen=True)
class Surveyed:
    """A collection that can be read as described. `rows` is None where counting costs as much as reading.

    `hints` are codes of what will be slow or doubtful: `key-unproven`, `find-unindexed:<kind>`,
    `no-transactions`, `as-text:<column>`.
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
    try:
        connector.check()
    except SourceError as error:
        raise Unusable(error, None) from None
    return found


def _survey(connector: Connector, collection: Collection) -> Surveyed:
    try:
        columns = connector.describe(collection.key)
        rows, hints = (
            sql_survey(connector, collection.key) if isinstance(connector, SqlConnector) else (None, ())
        )
    except SourceError as error:
        raise Unusable(error, collection) from None
    odd = tuple(f"as-text:{one.name}" for one in columns if not one.known)
    return Surveyed(collection.key, len(columns), rows, (*hints, *odd))


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
    if unusable.collection is not None:
        path = (*path, "collection", source.collection.index(unusable.collection), *_key(unusable))
    file = folder / "connectors.toml"
    places = tomllines.lines(file.read_text(encoding="utf-8"))
    at = path
    while at not in places:
        at = at[:-1]
    return Fault(shown(file), places[at], dotted(at), str(unusable.error))


def _key(unusable: Unusable) -> tomllines.Path:
    """The key of the collection that an error is about; empty where it is about the collection as a whole."""
    error, collection = unusable.error, unusable.collection
    assert collection is not None
    if error.code in {"no-table", "no-such", "no-files"}:
        return ("table",)
    return next((path for path, name in _named(collection) if name == error.detail), ())


def _named(collection: Collection) -> Iterator[tuple[tomllines.Path, str]]:
    yield from collection.named_columns()
    yield from ((("columns", index), name) for index, name in enumerate(collection.columns))
    yield from ((("find", kind), name) for kind, find in collection.find.items() for name in find.columns)

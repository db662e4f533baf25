"""A few rows of a collection of files, for a technician to look at."""

from connectors.config import find_collection
from connectors.files.connector import FilesConnector
from connectors.files.duck import opened
from connectors.files.formats import described
from connectors.files.storage import Storage


def sample(connector: FilesConnector, collection: str, limit: int) -> list[bytes]:
    """The first rows of the newest file, by name. Raises SourceError."""
    found = find_collection(connector.source.collection, collection)
    storage = Storage.of(connector.source, connector.environ)
    with opened(storage, connector.source.timeout, connector.source.time_zone or "UTC") as duck:
        address = storage.address(storage.names(found)[-1])
        table = described(duck, found, address)
        query = f"SELECT {table.line(found.columns)} FROM {table.origin} LIMIT {limit:d}"  # noqa: S608
        return [str(line).encode() for (line,) in duck.execute(query, [table.address]).fetchall()]

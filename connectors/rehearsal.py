"""What a case asks of a collection, asked about nobody: each kind in `find`, a page, a count, a dry erase.

By the connector's own methods and by what a case reads in a row, so that what a case would fail at fails here. What
could not be asked is told by codes: `not-rehearsed:<kind>`, `no-rows`, `slow`, `column-unseen:<column>`. What it
costs to ask is told by `opens-all:<files>`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

import orjson

from connectors.contract.base import Connector, Identifier, Key, SourceDown, SourceMisconfigured, moment
from connectors.description.collection import Collection
from connectors.description.config import FilesCollection
from connectors.description.parts import Find
from connectors.files.connector import FilesConnector
from connectors.rows.graph import identifiers_of, key_of, parsed_all
from connectors.sql.connector import SqlConnector
from connectors.sql.survey import sample as sql_sample
from connectors.web.connector import HttpConnector

# Values that fit columns of text, of numbers and of unique ids, and that nobody has.
_NOBODY = ("-1", "nobody@rehearsal.invalid", "00000000-0000-0000-0000-000000000000")
_THEN = (datetime(1900, 1, 1, tzinfo=UTC), datetime(1900, 1, 2, tzinfo=UTC))
_EVER = (datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
_ROWS = 20
_BY_TIME = ("year=", "month=", "day=", "date=", "dt=", "hour=")


def rehearse(connector: Connector, collection: Collection) -> Iterator[str]:
    """Asks, and yields what could not be asked. Raises SourceError for what a case would fail at."""
    if isinstance(connector, HttpConnector):
        yield from _about_test_person(connector, collection)
    elif isinstance(connector, FilesConnector):
        yield from _opened(connector, collection)
        # An archive is not gone through for this: the newest file has every column.
        yield from _about_nobody(connector.newest_alone(collection.key), collection)
    elif isinstance(connector, SqlConnector):
        yield from _about_nobody(connector, collection)


def _about_nobody(connector: SqlConnector | FilesConnector, collection: Collection) -> Iterator[str]:
    nobody = [one for kind, find in collection.find.items() for one in _values(kind, find)]
    for ends in (_THEN, (None, None)):
        if ends == (None, None) or _has_time(collection):
            asked = [replace(one, valid_from=ends[0], valid_to=ends[1]) for one in nobody]
            connector.read(collection.key, asked, None, _ROWS)
            connector.count(collection.key, asked)
    try:
        lines = _sample(connector, collection.key)
    except SourceDown as down:
        if down.code != "timeout":
            raise
        yield "slow"
        return
    keys = _read_as_a_case_does(collection, lines, connector.source.zone)
    if collection.on_erase == "none":
        return
    if keys:
        # The key of a row that there is, so that it has the right type; and nobody's, so that it hits none.
        connector.erase(collection.key, keys[:1], dry_run=True, whose=nobody)
    else:
        yield "no-rows"


def _about_test_person(connector: HttpConnector, collection: Collection) -> Iterator[str]:
    person = connector.source.test_person
    asked = [Identifier(kind, person[kind], *_EVER) for kind in collection.find if kind in person]
    yield from (f"not-rehearsed:{kind}" for kind in collection.find if kind not in person)
    if not asked:
        return
    if not _has_time(collection):
        asked = [replace(one, valid_from=None, valid_to=None) for one in asked]
    lines = connector.read(collection.key, asked, None, _ROWS).lines
    keys = _read_as_a_case_does(collection, lines, connector.source.zone)
    if not lines:
        yield "no-rows"
        return
    seen = {name for row in parsed_all(lines) for name in row}
    named = dict.fromkeys(name for _, name in collection.named_columns())
    yield from (f"column-unseen:{name}" for name in named if name not in seen)
    if collection.on_erase != "none" and keys:
        connector.erase(collection.key, keys[:1], dry_run=True, whose=asked)


def _values(kind: str, find: Find) -> Iterator[Identifier]:
    for value in _NOBODY:
        yield Identifier(kind, value if find.parts == 1 else orjson.dumps([value] * find.parts).decode())


def _has_time(collection: Collection) -> bool:
    """Whether identifiers come here with the time that they were somebody's."""
    return collection.at is not None or collection.interval is not None


def _read_as_a_case_does(collection: Collection, lines: Sequence[bytes], zone: tzinfo | None) -> list[Key]:
    """The keys of the rows, once all that a case reads in a row has been read."""
    keys = []
    for row in parsed_all(lines):
        if collection.key_columns:
            keys.append(key_of(collection, row))
        list(identifiers_of(collection, row, zone))
        if collection.at is not None:
            moment(row.get(collection.at), zone)
    return keys


def _sample(connector: SqlConnector | FilesConnector, collection: str) -> list[bytes]:
    if isinstance(connector, SqlConnector):
        return sql_sample(connector, collection, _ROWS)
    return connector.sample(collection, _ROWS)


def _opened(connector: FilesConnector, collection: Collection) -> Iterator[str]:
    """Whether files are left unopened of which the folder says that they hold nothing of a time."""
    assert isinstance(collection, FilesCollection)
    if collection.format is not None or collection.at is None or collection.interval not in (None, True):
        return
    kind = next(iter(collection.find), "")
    files, opened = connector.opened_for(collection.key, Identifier(kind, _NOBODY[0], *_THEN))
    if collection.partition is not None and opened == files:
        raise SourceMisconfigured(
            "no-pruning", f"no folder is named as {collection.partition}={_example(collection)}"
        )
    by_time = any(f"/{one}" in f"/{collection.table}" for one in _BY_TIME)
    if opened > 1 and (collection.partition is not None or by_time):
        yield f"opens-all:{opened}"


def _example(collection: FilesCollection) -> str:
    return "2026-11" if collection.partition == "month" else "2026-11-30"

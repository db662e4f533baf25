"""Whose a row of an API is, by what it says itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

import orjson

from connectors.contract.base import Identifier, SourceGarbage, moment
from connectors.description.api import ApiCollection
from connectors.description.parts import Find
from connectors.description.spelling import mailbox_spellings
from connectors.web.reading import rows


def foreign(find: Find, row: Mapping[str, Any], one: Identifier) -> bool:
    """Whether the row says that it belongs to another identifier than this one."""
    named = _named(find, row)
    return named is not None and _called(find, one) not in named


def theirs(
    collection: ApiCollection, row: Mapping[str, Any], whose: Sequence[Identifier], zone: tzinfo | None
) -> bool:
    """Whether one of these identifiers, usable here, still finds the row. Raises SourceGarbage.

    A row that names nobody has only its time to tell by: its key is believed not to have passed on.
    """
    named = {kind: _named(find, row) for kind, find in collection.find.items()}
    told = any(named[one.kind] is not None for one in whose)
    finding = (
        one for one in whose if not told or _called(collection.find[one.kind], one) in (named[one.kind] or ())
    )
    return any(covers(collection, row, one, zone) for one in finding)


def covers(collection: ApiCollection, row: Mapping[str, Any], one: Identifier, zone: tzinfo | None) -> bool:
    """Whether the row is from a time when the identifier was the person's. Raises SourceGarbage."""
    return not one.bounded or one.covers(_moment(collection, row, zone))


def _moment(collection: ApiCollection, row: Mapping[str, Any], zone: tzinfo | None) -> datetime | None:
    """When the row happened. A row without that column would be dropped in silence: it is a fault."""
    name = collection.at or ""
    if name not in row:
        raise SourceGarbage("no-column", name)
    return moment(rows.plain(row[name]), zone)


def _named(find: Find, row: Mapping[str, Any]) -> list[Any] | None:
    """Whom the row names there, as this system writes it; None where it names nobody."""
    named = [one for way in find.ways if (one := _named_by(way, row)) is not None]
    return [value for one in named for value in one] if named else None


def _named_by(find: Find, row: Mapping[str, Any]) -> list[Any] | None:
    values = [row.get(name) for name in find.columns]
    if any(value is None for value in values):
        return None
    if len(values) > 1:
        return [[rows.plain(value) for value in values]]
    held = values[0] if isinstance(values[0], list) else values
    written = (spelling for value in held for spelling in mailbox_spellings(str(rows.plain(value))))
    return [find.spelled(value) for value in written]


def _called(find: Find, one: Identifier) -> Any:
    return orjson.loads(one.value) if find.parts > 1 else find.spelled(one.value)

"""Which rows of a text file are whose: what matching.py asks of Parquet, asked of one row after another."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import tzinfo

from connectors.contract.base import Identifier, SourceGarbage, moment
from connectors.description.config import FilesCollection
from connectors.description.parts import Find
from connectors.files.text.records import Row

# A column of the row at hand, as it is written.
Text = Callable[[str], str | None]


class Owners:
    """The identifiers that look for rows of a collection, by what they are called there."""

    def __init__(
        self, collection: FilesCollection, identifiers: Sequence[Identifier], zone: tzinfo | None
    ) -> None:
        self._at, self._zone = collection.at, zone
        self._wanted: list[tuple[Find, dict[str, list[Identifier]]]] = []
        for kind, find in collection.find.items():
            called: dict[str, list[Identifier]] = {}
            for one in identifiers:
                if one.kind == kind:
                    called.setdefault(_called(find, one.value), []).append(one)
            if called:
                self._wanted += [(way, called) for way in find.ways]

    def have(self, row: Row, text: Text) -> bool:
        """Whether the row is found by an identifier whose it was when it happened. Raises SourceGarbage."""
        return any(
            self._covers(one, row)
            for find, called in self._wanted
            for value in _values(find, row, text)
            for one in called.get(value, ())
        )

    def _covers(self, one: Identifier, row: Row) -> bool:
        if not one.bounded:
            return True
        try:
            return one.covers(moment(row.get(self._at) if self._at else None, self._zone))
        except SourceGarbage as error:
            raise SourceGarbage(error.code, self._at or "") from None


def _called(find: Find, value: str) -> str:
    if find.parts == 1:
        return find.spelled(value)
    return json.dumps([part if isinstance(part, str) else json.dumps(part) for part in json.loads(value)])


def _values(find: Find, row: Row, text: Text) -> Iterator[str]:
    if len(find.columns) > 1:
        parts = [text(name) for name in find.columns]
        if None not in parts:
            yield json.dumps(parts)
        return
    name = find.columns[0]
    value = text(name)
    if value is None or (find.array and not value):
        return
    if find.array:
        yield from _elements(name, row[name], value)
    else:
        yield value.lower() if find.written == "lower" else value


def _elements(name: str, value: object, text: str) -> Iterator[str]:
    """The elements of an array; in CSV it is written as JSON."""
    try:
        found = value if isinstance(value, list) else json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise SourceGarbage("not-an-array", name)
    for one in found:
        yield one if isinstance(one, str) else json.dumps(one)

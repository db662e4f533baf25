"""Rows asked for again by their keys: which are there, which still are the person's, and what comes along."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from connectors.contract.base import Identifier, Key, Scalar, SourceMisconfigured, SourceMoved
from connectors.description.api import ApiCollection, Call, Item, Paging
from connectors.rows.graph import key_of, parsed
from connectors.web.calling import templates
from connectors.web.calling.caller import Caller
from connectors.web.reading import belonging, rows
from connectors.web.reading.asking import Question
from connectors.web.reading.paging import Given

_TRIES = 3  # at a list that changes while it is read


@dataclass(frozen=True)
class Found:
    """Whether each row that is there still is the person's, and how many rows came along that nobody asked for."""

    there: dict[Key, bool] = field(default_factory=dict)
    beside: int = 0

    @property
    def strangers(self) -> int:
        """How many of the rows are somebody else's by now."""
        return sum(not mine for mine in self.there.values())


@dataclass(frozen=True)
class Again:
    """Asks by `item`. Without `whose`, every row that is there counts as the person's.

    With `shows` only a row that shows these values counts.
    """

    caller: Caller
    collection: ApiCollection
    whose: Sequence[Identifier] | None
    shows: Mapping[str, Scalar] = field(default_factory=dict)

    def look(self, keys: Sequence[Key]) -> Found:
        """What the API has of these rows; a request that several of them share is sent once. Raises SourceError."""
        item, wanted, there, beside = self._item, set(keys), dict[Key, bool](), 0
        shared: dict[str, list[Key]] = {}
        for key in keys:
            values = named(self.collection, key)
            shared.setdefault(repr([templates.filled(part, values) for part in _parts(item)]), []).append(key)
        for alike in shared.values():
            found = self._asked(alike, wanted)
            there.update(found.there)
            beside += found.beside
        return Found(there, beside)

    @property
    def _item(self) -> Item:
        if self.collection.item is None:
            raise SourceMisconfigured("no-item", f"{self.collection.key}: no request asks for a row again")
        return self.collection.item

    def _asked(self, alike: Sequence[Key], wanted: set[Key]) -> Found:
        for _ in range(_TRIES - 1):
            try:
                return self._read(alike, wanted)
            except SourceMoved:
                continue
        return self._read(alike, wanted)

    def _read(self, alike: Sequence[Key], wanted: set[Key]) -> Found:
        """The answer to one request, to its end or until all is found that it was sent for."""
        there, beside = dict[Key, bool](), 0
        for given in self._given(alike[0]):
            if given.alone:
                return Found(dict.fromkeys(alike, self._mine(given.rows[0])))
            for row in given.rows:
                key = key_of(self.collection, parsed(rows.line(row, self.collection.key_columns)))
                if key in wanted:
                    there[key] = self._mine(row)
                else:
                    beside += 1
            if not self.collection.erases_several and there.keys() >= set(alike):
                break
        return Found(there, beside)

    def _given(self, key: Key) -> Iterator[Given]:
        """Where the request names the whole key, only an answer with other rows than this one is asked for in parts."""
        values, item, pages = named(self.collection, key), self._item, self.collection.item_paging
        if self.collection.item_names_key:
            one = Question(self.caller, self.collection, item, Paging()).part(None, values, alone=True)
            yield one
            if one.alone or not one.rows or pages.kind == "none":
                return
        yield from Question(self.caller, self.collection, item, pages).parts(values)

    def _mine(self, row: rows.Row) -> bool:
        if not all(rows.says(row.get(name), value) for name, value in self.shows.items()):
            return False
        if self.whose is None:
            return True
        return belonging.theirs(self.collection, row, self.whose, self.caller.zone)


def named(collection: ApiCollection, key: Key) -> dict[str, JsonValue]:
    """What a key puts into the braces of a request. Raises SourceMisconfigured."""
    if len(key) != len(collection.key_columns):
        raise SourceMisconfigured("key-length", "the rows were read with other `key_columns`")
    return dict(zip(collection.key_columns, key, strict=True))


def _parts(call: Call) -> tuple[JsonValue, ...]:
    return call.path, dict(call.params), call.body

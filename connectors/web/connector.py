"""The HTTP connector: any JSON API that can be described in `connectors.toml`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import JsonValue

from connectors.contract.base import Column, Identifier, Key, Page, Scalar, SourceGarbage, SourceMisconfigured
from connectors.description.api import ApiCollection, Call, Suppression
from connectors.description.apisource import HttpSource
from connectors.description.config import find_collection
from connectors.description.parts import for_channel
from connectors.rows.graph import parsed
from connectors.rows.intervals import usable
from connectors.web.calling.caller import Caller
from connectors.web.calling.pace import Turn, own_turn
from connectors.web.reading.again import Again, named
from connectors.web.reading.pages import Reader, fitting, named_parts

_PAGE = 1000


@dataclass(frozen=True)
class HttpConnector:
    """A JSON API."""

    source: HttpSource
    environ: Mapping[str, str] = field(repr=False)
    turn: Turn = own_turn

    def check(self) -> None:
        """Without `health`, any answer will do that does not say that we are nobody."""
        caller, health = self._caller, self.source.health
        if health is not None:
            caller.check(health, ())
        else:
            caller.check("", {*range(400, 500)} - {401, 407})

    def describe(self, collection: str) -> tuple[Column, ...]:
        found = self._collection(collection)
        return tuple(Column(name, "json") for name in (found.columns or found.columns_text))

    def count(self, collection: str, identifiers: Sequence[Identifier]) -> int | None:  # noqa: ARG002
        # Only reading would tell.
        return None

    def read(
        self, collection: str, identifiers: Sequence[Identifier], cursor: str | None, limit: int
    ) -> Page:
        found = self._collection(collection)
        return Reader(self._caller, found, fitting(found, usable(found, identifiers))).page(cursor, limit)

    def erase(
        self,
        collection: str,
        keys: Sequence[Key],
        *,
        dry_run: bool,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        found = self._collection(collection)
        if found.on_erase == "none" or found.erase is None:
            raise SourceMisconfigured("not-erasable", collection)
        held = Again(self._caller, found, None if whose is None else usable(found, whose)).look(keys)
        # What one request would take beside the rows it is sent for, must perhaps be kept.
        if found.erases_several and (more := held.beside + held.strangers):
            raise SourceMisconfigured("takes-more", f"{more} rows that are not to be erased")
        theirs = [key for key, mine in held.there.items() if mine]
        if not dry_run or found.erase.dry_run:
            for values in _distinct(found.erase, found, theirs):
                self._caller.call(found.erase, values, found.nothing_held, dry_run=dry_run)
        return len(theirs)

    def outlasting(self, collection: str) -> timedelta | None:  # noqa: ARG002 - the parameter is the contract's
        return None

    def remaining(self, collection: str, keys: Sequence[Key]) -> int:
        return len(Again(self._caller, self._collection(collection), None).look(keys).there)

    def restrict(
        self,
        collection: str,
        keys: Sequence[Key],
        *,
        restricted: bool,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        found = self._collection(collection)
        call = found.restrict if restricted else found.lift
        if call is None:
            raise SourceMisconfigured("no-restriction", collection)
        mine = self._send(found, call, keys, whose, {})
        return self._showing(found, mine, mine, call.shows)

    def rectify(
        self,
        collection: str,
        key: Key,
        values: Mapping[str, Scalar],
        *,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        found = self._collection(collection)
        if found.rectify is None:
            raise SourceMisconfigured("not-rectifiable", collection)
        call = (
            found.rectify if found.rectify.body else found.rectify.model_copy(update={"body": dict(values)})
        )
        mine = self._send(found, call, [key], whose, values)
        return self._showing(found, [key], mine, values)

    def suppress(self, collection: str, identifiers: Sequence[Identifier], channel: str) -> int:
        found = self._collection(collection)
        call = for_channel(found.suppress, channel)
        asked = (
            self._caller.call(call, one, found.nothing_held) for one in _people(call, found, identifiers)
        )
        return sum(answer.status not in found.nothing_held for answer in asked)

    def unsuppressed(self, collection: str, identifiers: Sequence[Identifier], channel: str) -> int:
        found = self._collection(collection)
        shows = for_channel(found.suppress, channel).shows
        if not shows:
            raise SourceMisconfigured(
                "no-shows", f"{collection}: what a row says after `suppress` is not known"
            )
        told = (parsed(line) for line in self._all(collection, identifiers))
        return sum(any(row.get(name) != value for name, value in shows.items()) for row in told)

    @property
    def _caller(self) -> Caller:
        return Caller(self.source, self.environ, self.turn)

    def _send(
        self,
        found: ApiCollection,
        call: Call,
        keys: Sequence[Key],
        whose: Sequence[Identifier] | None,
        values: Mapping[str, Scalar],
    ) -> list[Key]:
        """The request for every row that still is the person's; the keys of these rows.

        One that would change a row of somebody else's as well is not sent: the rows then do not show what they should.
        """
        held = Again(self._caller, found, None if whose is None else usable(found, whose)).look(keys).there
        mine = [key for key, theirs in held.items() if theirs]
        others = list(_distinct(call, found, [key for key, theirs in held.items() if not theirs]))
        for one in _distinct(call, found, mine):
            if not any(_same(call, one, other) for other in others):
                self._caller.call(call, {**one, **values}, found.nothing_held)
        return mine

    def _showing(
        self, found: ApiCollection, keys: Sequence[Key], changed: Sequence[Key], shows: Mapping[str, Scalar]
    ) -> int:
        """How many of the rows show these values. Raises SourceGarbage for changed ones that are there and do not."""
        there = Again(self._caller, found, None, shows).look(keys).there
        # A row that is gone is not one that shows something else.
        if wrong := sum(not there.get(key, True) for key in changed):
            raise SourceGarbage("not-kept", f"{wrong} rows")
        return sum(there.values())

    def _collection(self, key: str) -> ApiCollection:
        return find_collection(self.source.collection, key)

    def _all(self, collection: str, identifiers: Sequence[Identifier]) -> Iterator[bytes]:
        page = self.read(collection, identifiers, None, _PAGE)
        yield from page.lines
        while page.cursor is not None:
            page = self.read(collection, identifiers, page.cursor, _PAGE)
            yield from page.lines


def _distinct(call: Call, collection: ApiCollection, keys: Sequence[Key]) -> Iterator[dict[str, JsonValue]]:
    """What to fill into the call, once for every request that differs."""
    used = call.needs
    seen: set[tuple[JsonValue, ...]] = set()
    for key in keys:
        values = named(collection, key)
        distinct = tuple(values[name] for name in sorted(used & values.keys()))
        if distinct not in seen:
            seen.add(distinct)
            yield values


def _same(call: Call, one: Mapping[str, JsonValue], other: Mapping[str, JsonValue]) -> bool:
    """Whether both fill the request in alike."""
    return all(one[name] == other[name] for name in call.needs & one.keys())


def _people(
    call: Suppression, collection: ApiCollection, identifiers: Sequence[Identifier]
) -> Iterator[dict[str, JsonValue]]:
    for one in usable(collection, identifiers):
        if one.kind in call.needs:
            yield named_parts(collection, one)

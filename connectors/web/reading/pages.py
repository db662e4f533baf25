"""Reading an API page by page, one identifier after the other, and keeping the place in a cursor."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson
from pydantic import JsonValue

from connectors.contract.base import Identifier, Page, SourceGarbage, SourceMoved
from connectors.description.api import INTERVAL, ApiCollection
from connectors.description.placeholders import names
from connectors.web.calling.caller import Caller
from connectors.web.reading import belonging, paging, remembered, rows
from connectors.web.reading.asking import Question
from connectors.web.reading.paging import Given, Mark, Trail, digest
from connectors.web.reading.tally import Tally

_BUDGET = 10.0  # seconds of fetching before the caller hears from us
_FORMAT = 2  # of the cursor: what was begun with another one is begun anew


@dataclass(frozen=True)
class Place:
    """Where to go on: which identifier, which page of its answer, how many rows of that page are done."""

    asked: str  # what the place belongs to: the same identifiers in the same order
    person: int = 0
    page: Mark = None
    done: int = 0
    trail: Trail = field(default_factory=Trail)
    tally: Tally = field(default_factory=Tally)
    seen: str = ""  # the marks of rows
    own: str = ""  # those of this identifier, where the API counts them

    def cursor(self) -> str:
        """The place as text."""
        return orjson.dumps(asdict(self)).decode()


@dataclass
class Reader:
    """Reads one collection for the identifiers that fit its request."""

    caller: Caller
    collection: ApiCollection
    identifiers: Sequence[Identifier]
    seen: dict[int, None] = field(default_factory=dict)  # rows that were kept
    own: dict[int, None] = field(default_factory=dict)  # rows that this identifier was given, kept or not

    def page(self, cursor: str | None, limit: int) -> Page:
        """At most `limit` rows from the cursor on. Raises SourceError."""
        place = self._place(cursor)
        self.seen, self.own = remembered.apart(place.seen), remembered.apart(place.own)
        lines, started = list[bytes](), time.monotonic()
        while place.person < len(self.identifiers):
            one = self.identifiers[place.person]
            given = self._ask(place, one)
            keys = [self._known(row) for row in given.rows]
            place = self._tallied(place, given, keys)
            taken = list(zip(given.rows, keys, strict=True))[place.done : place.done + limit - len(lines)]
            lines += self._kept(taken, one)
            new = self._new([known for _row, known in taken])
            place = replace(place, tally=replace(place.tally, rows=place.tally.rows + new))
            place = self._onward(place, given, place.done + len(taken))
            if len(lines) >= limit or time.monotonic() - started > _BUDGET:
                break
        finished = place.person >= len(self.identifiers)
        if finished:
            return Page(lines, None)
        seen, own = remembered.together(self.seen), remembered.together(self.own)
        return Page(lines, replace(place, seen=seen, own=own).cursor())

    def _place(self, cursor: str | None) -> Place:
        whose = [(one.kind, one.value, one.valid_from, one.valid_to) for one in self.identifiers]
        # A hash, so that the cursor, which lies in the database, need not hold the identifiers.
        asked = digest(repr((_FORMAT, whose)))
        if cursor is None:
            return Place(asked, page=paging.first(self.collection.paging))
        read = orjson.loads(cursor)
        if read["asked"] != asked:
            raise SourceMoved("identifiers-changed", "the cursor belongs to other identifiers")
        return Place(**{**read, "trail": Trail(**read["trail"]), "tally": Tally(**read["tally"])})

    def _ask(self, place: Place, one: Identifier) -> Given:
        question = Question(self.caller, self.collection, self.collection, self.collection.paging)
        given = question.part(place.page, self._values(one))
        find = self.collection.find[one.kind]
        if any(belonging.foreign(find, row, one) for row in given.rows):
            raise SourceGarbage("foreign-row", "the source gave rows of somebody else")
        return given

    def _values(self, one: Identifier) -> dict[str, JsonValue]:
        return {
            **named_parts(self.collection, one),
            "from": one.valid_from.isoformat() if one.valid_from else "",
            "to": one.valid_to.isoformat() if one.valid_to else "",
        }

    def _kept(self, found: list[tuple[dict[str, Any], int | None]], one: Identifier) -> list[bytes]:
        lines = []
        for row, known in found:
            if not belonging.covers(self.collection, row, one, self.caller.zone):
                continue
            if known is None or known not in self.seen:
                lines.append(rows.line(row, self.collection.columns))
            if known is not None:
                self.seen[known] = None
        return lines

    def _known(self, row: Mapping[str, Any]) -> int | None:
        key = rows.identity(self.collection, row)
        return remembered.mark(key) if key is not None else None

    def _tallied(self, place: Place, given: Given, keys: list[int | None]) -> Place:
        # A page of which some rows are done has been counted.
        if place.done:
            return place
        return replace(place, tally=place.tally.page(self.collection.paging, given, keys))

    def _new(self, keys: list[int | None]) -> int:
        """How many of the rows this identifier was not given before. Rows without a key are all new."""
        if self.collection.paging.total is None:
            return 0
        found = 0
        for known in keys:
            found += known is None or known not in self.own
            if known is not None:
                self.own[known] = None
        return found

    def _onward(self, place: Place, given: Given, done: int) -> Place:
        if done < len(given.rows):
            return replace(place, done=done)
        following = paging.following(self.collection.paging, place.page, given)
        if following is None:
            place.tally.refuse_incomplete()
            self.own = {}
            start = paging.first(self.collection.paging)
            return replace(place, person=place.person + 1, page=start, done=0, trail=Trail(), tally=Tally())
        return replace(place, page=following, done=0, trail=place.trail.after(given, following))


def named_parts(collection: ApiCollection, one: Identifier) -> dict[str, JsonValue]:
    """What an identifier puts into the braces of a request: its value, and each part of a composite one."""
    find = collection.find[one.kind]
    if find.parts == 1:
        return {one.kind: find.spelled(one.value)}
    return {one.kind: one.value, **dict(zip(find.columns, orjson.loads(one.value), strict=True))}


def fitting(collection: ApiCollection, identifiers: Sequence[Identifier]) -> list[Identifier]:
    """The identifiers that complete the request, in an order of their own so that a cursor stays true."""
    path, anywhere = names(collection.path), collection.asked_by
    able = (
        one
        for one in identifiers
        if (own := collection.filled_by(one.kind)) & anywhere and path <= own | INTERVAL
    )
    return sorted(able, key=lambda one: (one.kind, one.value, str(one.valid_from), str(one.valid_to)))

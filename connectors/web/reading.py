"""Reading an API page by page, one identifier after the other, and keeping the place in a cursor."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin

import httpx
import orjson
from pydantic import JsonValue

from connectors.api import ApiCollection
from connectors.base import Identifier, Page, SourceGarbage, moment
from connectors.parts import Find
from connectors.web import answers, templates
from connectors.web.caller import Caller
from connectors.web.client import Answer, Request

_BUDGET = 10.0  # seconds of fetching before the caller hears from us
_REMEMBERED = 2000  # rows of the last pages, so that a page that moved under us doubles nothing


@dataclass(frozen=True)
class Place:
    """Where to go on: which identifier, which page of its answer, how many rows of that page are done."""

    asked: str  # what the place belongs to: the same identifiers in the same order
    person: int = 0
    page: str | int | None = None
    done: int = 0
    body: str = ""  # hash of the page before, to notice an API that gives the same page for ever
    seen: tuple[str, ...] = ()

    def cursor(self) -> str:
        """The place as text."""
        return orjson.dumps(self).decode()


@dataclass
class Reader:
    """Reads one collection for the identifiers that fit its request."""

    caller: Caller
    collection: ApiCollection
    identifiers: Sequence[Identifier]
    seen: dict[str, None] = field(default_factory=dict)

    def page(self, cursor: str | None, limit: int) -> Page:
        """At most `limit` rows from the cursor on. Raises SourceError."""
        place = self._place(cursor)
        self.seen = dict.fromkeys(place.seen)
        lines, started = list[bytes](), time.monotonic()
        while place.person < len(self.identifiers):
            answer = self._ask(place)
            rows = self._rows(answer, self.identifiers[place.person])
            self._refuse_repeated(place, answer, rows)
            taken = rows[place.done : place.done + limit - len(lines)]
            lines += self._kept(taken, self.identifiers[place.person])
            place = self._onward(place, answer, rows, place.done + len(taken))
            if len(lines) >= limit or time.monotonic() - started > _BUDGET:
                break
        finished = place.person >= len(self.identifiers)
        seen = tuple(self.seen)[-_REMEMBERED:]
        return Page(lines, None if finished else replace(place, seen=seen).cursor())

    def _place(self, cursor: str | None) -> Place:
        asked = _digest(
            repr([(one.kind, one.value, one.valid_from, one.valid_to) for one in self.identifiers])
        )
        if cursor is None:
            return Place(asked, page=self._first())
        read = orjson.loads(cursor)
        if read["asked"] != asked:
            raise SourceGarbage("identifiers-changed", "the cursor belongs to other identifiers; start over")
        return Place(**{**read, "seen": tuple(read["seen"])})

    def _first(self) -> int | None:
        paging = self.collection.paging
        return paging.first if paging.kind == "page" else 0 if paging.kind == "offset" else None

    def _ask(self, place: Place) -> Answer:
        one, paging = self.identifiers[place.person], self.collection.paging
        values = self._values(one)
        if paging.kind == "link" and place.page is not None:
            return self.caller.send(Request("GET", str(place.page)), values, self.collection.nothing_held)
        extra: dict[str, str] = {}
        if paging.param and place.page is not None:
            extra[paging.param] = str(place.page)
        if paging.size_param:
            extra[paging.size_param] = str(paging.size)
        request = Request(
            self.collection.method,
            self.caller.url(templates.path(self.collection.path, values)),
            params={**templates.params(self.collection.params, values), **extra},
            json=templates.filled(self.collection.body, values),
        )
        return self.caller.send(request, values, self.collection.nothing_held)

    def _values(self, one: Identifier) -> dict[str, JsonValue]:
        return {
            one.kind: self.collection.find[one.kind].spelled(one.value),
            "from": one.valid_from.isoformat() if one.valid_from else "",
            "to": one.valid_to.isoformat() if one.valid_to else "",
        }

    def _rows(self, answer: Answer, one: Identifier) -> list[dict[str, Any]]:
        """The rows of one answer. Raises SourceGarbage if they are not rows of what was asked for."""
        if answer.status in self.collection.nothing_held or answer.status == 204:
            return []
        found = answers.at(answers.content(answer), self.collection.rows)
        if found is None:
            raise SourceGarbage("no-rows", f"nothing at `{self.collection.rows}`")
        rows = found if isinstance(found, list) else [found]
        if not all(isinstance(row, dict) for row in rows):
            raise SourceGarbage("not-a-row")
        find = self.collection.find[one.kind]
        if any(_foreign(find, row, one) for row in rows):
            raise SourceGarbage("foreign-row", "the source gave rows of somebody else")
        return rows

    def _refuse_repeated(self, place: Place, answer: Answer, rows: list[dict[str, Any]]) -> None:
        if rows and place.done == 0 and place.body == _digest(answer.body):
            raise SourceGarbage("page-repeated", "the source gives the same page again")

    def _kept(self, rows: list[dict[str, Any]], one: Identifier) -> list[bytes]:
        lines = []
        for row in rows:
            if one.bounded and not one.covers(
                moment(_exact(row.get(self.collection.at or "")), self.caller.zone)
            ):
                continue
            identity = self._identity(row)
            if identity is None or identity not in self.seen:
                names = self.collection.columns
                lines.append(orjson.dumps({name: row.get(name) for name in names} if names else row))
            if identity is not None:
                self.seen[identity] = None
        return lines

    def _identity(self, row: Mapping[str, Any]) -> str | None:
        """The row's key, hashed. Rows without a key cannot be told from their like, and are all kept."""
        if not self.collection.key_columns:
            return None
        return _digest(orjson.dumps([row.get(name) for name in self.collection.key_columns]))

    def _onward(self, place: Place, answer: Answer, rows: list[dict[str, Any]], done: int) -> Place:
        if done < len(rows):
            return replace(place, done=done)
        following = self._next(place, answer, rows)
        if following is None:
            return replace(place, person=place.person + 1, page=self._first(), done=0, body="")
        if following == place.page:
            raise SourceGarbage("page-repeated", "the next page is this page")
        return replace(place, page=following, done=0, body=_digest(answer.body))

    def _next(self, place: Place, answer: Answer, rows: list[dict[str, Any]]) -> str | int | None:
        paging = self.collection.paging
        if paging.kind == "link":
            link = httpx.Response(200, headers=answer.headers).links.get("next", {}).get("url")
            return urljoin(answer.url, link) if link else None
        if not rows or paging.kind == "none":
            return None
        if paging.kind == "cursor":
            found = answers.at(answers.plain(answer), paging.next)
            return None if found in (None, "", False) else str(found)
        if paging.size_param and len(rows) < paging.size:
            return None
        step = 1 if paging.kind == "page" else len(rows)
        return int(place.page or 0) + step


def fitting(collection: ApiCollection, identifiers: Sequence[Identifier]) -> list[Identifier]:
    """The identifiers that complete the request, in an order of their own so that a cursor stays true."""
    path = templates.names(collection.path)
    anywhere = path | templates.names(dict(collection.params)) | templates.names(collection.body)
    able = (one for one in identifiers if one.kind in anywhere and path <= {one.kind, "from", "to"})
    return sorted(able, key=lambda one: (one.kind, one.value, str(one.valid_from), str(one.valid_to)))


def _foreign(find: Find, row: Mapping[str, Any], one: Identifier) -> bool:
    """Whether the row says that it belongs to another identifier than the one asked for."""
    name = find.columns[0]
    if row.get(name) is None:
        return False
    held = row[name] if isinstance(row[name], list) else [row[name]]
    return find.spelled(one.value) not in (find.spelled(str(value)) for value in held)


def _exact(value: object) -> object:
    return orjson.loads(orjson.dumps(value)) if isinstance(value, orjson.Fragment) else value


def _digest(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:12]

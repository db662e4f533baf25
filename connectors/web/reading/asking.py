"""A request that is answered in parts: one part of it, or all of them one after the other."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import JsonValue

from connectors.contract.base import SourceDown, SourceMoved
from connectors.description.api import ApiCollection, Call, Paging
from connectors.web.calling import templates
from connectors.web.calling.caller import Caller
from connectors.web.calling.client import Request
from connectors.web.reading import paging, remembered, rows
from connectors.web.reading.paging import Given, Mark, Trail
from connectors.web.reading.tally import Tally

_PATIENCE = 30  # times the source's `timeout` that all parts together may take
_PLACE_LOST = frozenset({400, 404, 410, 422})  # what APIs answer to a cursor they no longer know


@dataclass(frozen=True)
class Question:
    """A request for rows of a collection, and how its answer is parted."""

    caller: Caller
    collection: ApiCollection
    call: ApiCollection | Call
    paging: Paging

    def part(self, page: Mark, values: Mapping[str, JsonValue], *, alone: bool = False) -> Given:
        """The rows of one part; with `alone`, an object may stand for a row. Raises SourceError."""
        further = self.paging.kind in ("cursor", "link") and page is not None
        fine = {*self.collection.nothing_held, *(_PLACE_LOST if further else ())}
        if isinstance(self.call, Call):
            fine |= set(self.call.ok)
        answer = self.caller.read(self._request(page, values), values, fine)
        if further and answer.status in _PLACE_LOST:
            # The API told us this place itself: not knowing it any more is not "nothing held".
            raise SourceMoved("place-lost", str(answer.status))
        return rows.given(self.collection, answer, alone=alone)

    def parts(self, values: Mapping[str, JsonValue]) -> Iterator[Given]:
        """All parts. Raises SourceError, SourceMoved where they do not fit together."""
        page, trail, tally = paging.first(self.paging), Trail(), Tally()
        seen, end = dict[int, None](), time.monotonic() + self.caller.source.timeout * _PATIENCE
        while True:
            given = self.part(page, values)
            yield given
            marks = [remembered.mark(rows.line(row, self.collection.key_columns)) for row in given.rows]
            tally = tally.page(self.paging, given, marks)
            tally = replace(tally, rows=tally.rows + len(set(marks) - seen.keys()))
            seen.update(dict.fromkeys(marks))
            seen = remembered.newest(seen)
            following = paging.following(self.paging, page, given)
            if following is None:
                return tally.refuse_incomplete()
            if time.monotonic() > end:
                raise SourceDown("timeout", "a list that does not come to its end")
            page, trail = following, trail.after(given, following)

    def _request(self, page: Mark, values: Mapping[str, JsonValue]) -> Request:
        if self.paging.kind == "link" and page is not None:
            return Request("GET", str(page))
        params = templates.params(self.call.params, values)
        body = templates.filled(self.call.body, values)
        extra = paging.asked(self.paging, page)
        if self.paging.in_body and self.call.method != "GET":
            body = {**(body if isinstance(body, dict) else {}), **extra}
        else:
            params |= {name: str(value) for name, value in extra.items()}
        url = self.caller.url(templates.path(self.call.path, values))
        return Request(self.call.method, url, params=params, json=body)

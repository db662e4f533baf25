"""Which part of a long answer to ask for next, and how to notice an API that never comes to an end."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import orjson
from pydantic import JsonValue

from connectors.contract.base import SourceGarbage, SourceMoved
from connectors.description.api import Paging
from connectors.web.calling import answers
from connectors.web.calling.client import Answer, joined

Mark = str | int | None
DIGEST = 16  # characters


@dataclass(frozen=True)
class Given:
    """One answer: its rows, and how many entries the list held that pages are counted in."""

    answer: Answer
    body: Any = field(repr=False)
    rows: list[dict[str, Any]] = field(repr=False)
    entries: int
    alone: bool = False  # one object that stands for a row, not a list


@dataclass(frozen=True)
class Trail:
    """What an endless API is told by: the rows before, and one mark to which it must not come back."""

    before: str = ""
    mark: str = ""
    steps: int = 0

    def after(self, given: Given, following: Mark) -> "Trail":
        """The trail one page on. Raises SourceMoved where it leads in a circle (Brent's way to notice)."""
        rows, mark = digest(orjson.dumps(given.rows)) if given.rows else "", digest(repr(following))
        if (rows and rows == self.before) or mark == self.mark:
            raise SourceMoved("page-repeated", "the source gives a page again that it has given already")
        moves = self.steps & (self.steps - 1) == 0
        return replace(self, before=rows, mark=mark if moves else self.mark, steps=self.steps + 1)


def first(paging: Paging) -> Mark:
    """What to ask for in the beginning."""
    return paging.first if paging.kind == "page" else 0 if paging.kind == "offset" else None


def asked(paging: Paging, page: Mark) -> dict[str, JsonValue]:
    """The parameters that ask for a part."""
    found: dict[str, JsonValue] = {}
    if paging.param and page is not None:
        found[paging.param] = page
    if paging.size_param:
        found[paging.size_param] = paging.size
    return found


def following(paging: Paging, page: Mark, given: Given) -> Mark:
    """What to ask for after this part; None where it was the last. Raises SourceGarbage."""
    match paging.kind:
        case "none":
            return None
        case "link":
            link = _told(paging, given) if paging.next else _link(given.answer)
            return joined(given.answer.url, str(link)) if link else None
        case "cursor":
            return _told(paging, given)
    asked_for = int(page or 0)
    after = asked_for + (1 if paging.kind == "page" else given.entries)
    return after if given.entries and _goes_on(paging, after, given.body) else None


def _goes_on(paging: Paging, after: int, body: Any) -> bool:
    """Whether the answer itself tells of more. A short page does not: a server may give less than it is asked for."""
    if paging.more is not None:
        more = answers.at(body, paging.more)
        if not isinstance(more, bool):
            raise SourceGarbage("no-paging", f"nothing true or false at `{paging.more}`")
        return more
    counted = paging.total if paging.kind == "offset" else None
    for name, end in ((paging.pages, after - paging.first), (counted, after)):
        if name is not None:
            return end < number_at(body, name)
    return True


def number_at(body: Any, name: str) -> int:
    """How many the answer itself says there are. Raises SourceGarbage."""
    told = answers.at(body, name)
    if not isinstance(told, int) or isinstance(told, bool):
        raise SourceGarbage("no-paging", f"no number at `{name}`")
    return told


def _told(paging: Paging, given: Given) -> Mark:
    """A cursor as it was given: a number stays one, in case it goes back in a body. Raises SourceGarbage.

    A path that is misspelt leads nowhere, and must not pass for the end.
    """
    path = paging.next or ""
    # An empty part, and an object that stands for a row, are the end anyway.
    if given.entries and not (given.alone or paging.absent_at_end or answers.is_there(given.body, path)):
        raise SourceGarbage("no-paging", f"nothing at `{path}`")
    found = answers.at(given.body, path)
    # Nought is a cursor like any other.
    if found in (None, "") or found is False:
        return None
    return found if isinstance(found, str | int) else orjson.dumps(found).decode()


def _link(answer: Answer) -> str | None:
    return httpx.Response(200, headers=answer.headers).links.get("next", {}).get("url")


def digest(content: str | bytes) -> str:
    """64 bits of it, as text."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:DIGEST]

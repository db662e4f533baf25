"""How a JSON API is described: calls, sign-in, pages."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field, JsonValue

from connectors.collection import Collection
from connectors.parts import ForChannels, Problem, Strict, one_or_more
from connectors.secret import Address, Secret


class Auth(Strict):
    """How the API knows us. `exchange` are extra form fields that ask for a token of one person."""

    kind: Literal["none", "bearer", "header", "basic", "oauth2", "exchange"]
    token: Secret | None = None
    header: str = "Authorization"
    username: Secret | None = None
    password: Secret | None = None
    token_url: Address | None = None
    client_id: Secret | None = None
    client_secret: Secret | None = None
    scope: str | None = None
    exchange: dict[str, str] = {}

    def problems(self) -> Iterator[Problem]:
        """Keys this kind of sign-in cannot do without."""
        login = ("token_url", "client_id", "client_secret")
        needed = {"bearer": ("token",), "header": ("token",), "basic": ("username", "password"),
                  "oauth2": login, "exchange": (*login, "exchange")}  # fmt: skip
        for name in needed.get(self.kind, ()):
            if not getattr(self, name):
                yield (name,), f'is needed for `kind = "{self.kind}"`'


class Paging(Strict):
    """How the API gives a long answer in parts."""

    kind: Literal["none", "page", "offset", "cursor", "link"] = "none"
    param: str | None = None  # the query parameter with the page, offset or cursor
    first: int = 1  # the number of the first page
    next: str = "next"  # cursor: where in the answer the next one is
    size_param: str | None = None
    size: int = Field(500, ge=1, le=20_000)


class Call(Strict):
    """One request. In `{...}` stand identifier kinds when reading, and key columns when changing."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    params: dict[str, str] = {}
    body: JsonValue = None
    dry_run: dict[str, str] = {}  # query parameters that make the API only say what it would do
    ok: tuple[int, ...] = (200, 201, 202, 204)


class Suppression(Call, ForChannels):
    """A request per identifier that puts an objection into force; `shows` is what a row then says."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "PUT"
    shows: dict[str, str | int | bool | None] = {}


class ApiCollection(Collection):
    """Rows of an API. `find` names the field that repeats the identifier; every row is checked against it."""

    path: str = Field(validation_alias=AliasChoices("path", "table"))
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, str] = {}
    body: JsonValue = None
    rows: str = ""  # dotted path to the list in the answer; empty: the answer itself
    paging: Paging = Paging()
    nothing_held: tuple[int, ...] = (404,)
    erase: Call | None = None
    item: Call | None = None  # asks for one row by its key; needed to see what remains
    suppress: Annotated[tuple[Suppression, ...], BeforeValidator(one_or_more)] = ()
    restrict: Call | None = None
    lift: Call | None = None
    rectify: Call | None = None

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        if self.on_erase == "delete" and self.erase is None:
            yield ("on_erase",), "needs `erase`, the request that deletes a row"
        if self.on_erase == "delete" and self.item is None:
            yield ("on_erase",), "needs `item`, the request that asks for a row again afterwards"
        if self.on_erase == "anonymise":
            yield ("on_erase",), "an API can only `delete`; let `erase` call what anonymises"
        if self.paging.kind in ("page", "offset", "cursor") and not self.paging.param:
            yield ("paging",), "needs `param`, the query parameter to page with"

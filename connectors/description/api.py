"""How a JSON API is described: calls, sign-in, pages."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field, JsonValue

from connectors.contract.base import Scalar
from connectors.description.collection import Collection
from connectors.description.parts import ForChannels, Path, Problem, Strict, one_or_more
from connectors.description.placeholders import names
from connectors.description.secret import Address, Secret

INTERVAL = frozenset({"from", "to"})


class Auth(Strict):
    """How the API knows us. `exchange` are extra form fields that ask for a token of one person."""

    kind: Literal["none", "bearer", "header", "query", "basic", "oauth2", "exchange"]
    token: Secret | None = None
    header: str = "Authorization"
    param: str | None = None  # query: the parameter that carries the token
    username: Secret | None = None
    password: Secret | None = None
    token_url: Address | None = None
    client_id: Secret | None = None
    client_secret: Secret | None = None
    credentials: Literal["header", "body"] = "header"  # where the token is asked for with id and secret
    scope: str | None = None
    fields: dict[str, str] = {}  # further form fields, an audience for example
    exchange: dict[str, str] = {}

    def problems(self) -> Iterator[Problem]:
        """Keys this kind of sign-in cannot do without."""
        login = ("token_url", "client_id", "client_secret")
        needed = {"bearer": ("token",), "header": ("token",), "query": ("token", "param"),
                  "basic": ("username", "password"),
                  "oauth2": login, "exchange": (*login, "exchange")}  # fmt: skip
        for name in needed.get(self.kind, ()):
            if not getattr(self, name):
                yield (name,), f'is needed for `kind = "{self.kind}"`'

    @property
    def subject(self) -> set[str]:
        """What must be known of the person before a token can be had."""
        return names(dict(self.exchange)) if self.kind == "exchange" else set()


class Paging(Strict):
    """How the API gives a long answer in parts. An empty part is the last, where nothing else tells which is."""

    kind: Literal["none", "page", "offset", "cursor", "link"] = "none"
    param: str | None = None  # what carries the page, offset or cursor in the request
    in_body: bool = False  # `param` and `size_param` are keys of the body instead of the query
    first: int = 1  # the number of the first page
    next: str | None = None  # where in the answer the next cursor, or the next address, is
    absent_at_end: bool = False  # the last part has no `next` at all, where others have a null
    more: str | None = None  # where in the answer it is said, true or false, whether another part follows
    pages: str | None = None  # where in the answer the number of pages is
    total: str | None = None  # where in the answer the number of all rows is; checked against what was given
    size_param: str | None = None
    size: int = Field(500, ge=1, le=20_000)

    def problems(self) -> Iterator[Problem]:
        """Keys that this kind of paging needs, or has no use for."""
        if self.kind in ("page", "offset", "cursor") and not self.param:
            yield ("paging",), "needs `param`, the query parameter to page with"
        if self.kind == "cursor" and not self.next:
            yield ("paging",), "needs `next`, where in the answer the next cursor is"
        if self.absent_at_end and not self.next:
            yield ("paging", "absent_at_end"), "has no meaning without `next`"
        used = {
            "page": {"more", "pages", "total"}, "offset": {"more", "total"},
            "cursor": {"next", "total"}, "link": {"next", "total"},
        }  # fmt: skip
        for name in ("next", "more", "pages", "total"):
            if getattr(self, name) is not None and name not in used.get(self.kind, set()):
                yield ("paging", name), f'has no meaning with `kind = "{self.kind}"`'


class Call(Strict):
    """One request. In `{...}` stand identifier kinds when reading, and key columns when changing."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    params: dict[str, str] = {}
    body: JsonValue = None
    dry_run: dict[str, str] = {}  # query parameters that make the API only say what it would do
    ok: tuple[int, ...] = (200, 201, 202, 204)

    @property
    def needs(self) -> set[str]:
        """The names in braces, anywhere in the request."""
        return names(self.path) | names(dict(self.params)) | names(self.body)

    def problems(self, part: str, known: set[str], where: str) -> Iterator[Problem]:
        """Names in braces that nothing fills in, and changes that would change nothing."""
        yield from _unknown((part, "path"), names(self.path), known, where)
        yield from _unknown((part, "params"), names(dict(self.params)), known, where)
        if part != "item" and self.method == "GET":
            yield (part,), "needs `method`: a GET changes nothing"


class Item(Call):
    """The request for rows by their key. A list is read to its end by its own paging, or else the collection's."""

    paging: Paging | None = None

    def problems(self, part: str, known: set[str], where: str) -> Iterator[Problem]:
        yield from super().problems(part, known, where)
        for path, reason in self.paging.problems() if self.paging else ():
            yield (part, *path), reason
        if self.paging and self.paging.in_body and self.method == "GET":
            yield (part, "paging", "in_body"), 'needs `method = "POST"`'


class Suppression(Call, ForChannels):
    """A request per identifier that puts an objection into force; `shows` is what a row then says."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "PUT"
    shows: dict[str, str | int | bool | None] = {}


class Marking(Call):
    """A request for one row that restricts it, or lifts that; `shows` is what the row then says."""

    shows: dict[str, str | int | bool | None] = {}

    def problems(self, part: str, known: set[str], where: str) -> Iterator[Problem]:
        yield from super().problems(part, known, where)
        if not self.shows:
            yield (part,), "needs `shows`, what a row says afterwards"


class ApiCollection(Collection):
    """Rows of an API. `find` names the field that repeats the identifier; every row is checked against it."""

    path: str = Field(validation_alias=AliasChoices("path", "table"))
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, str] = {}
    body: JsonValue = None
    rows: str = ""  # dotted path to the list in the answer; empty: the answer itself
    flatten: bool = False  # objects inside a row become columns, `period.start`
    paging: Paging = Paging()
    nothing_held: tuple[int, ...] = (404,)
    nothing_says: dict[str, Scalar] = {}  # dotted paths, and what is there when nothing is held
    erase: Call | None = None
    item: Item | None = None  # asks for a row by its key; needed to see what remains
    suppress: Annotated[tuple[Suppression, ...], BeforeValidator(one_or_more)] = ()
    restrict: Marking | None = None
    lift: Marking | None = None
    rectify: Call | None = None

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        if self.on_erase == "delete" and self.erase is None:
            yield ("on_erase",), "needs `erase`, the request that deletes a row"
        if self.on_erase == "delete" and self.item is None:
            yield ("on_erase",), "needs `item`, the request that asks for a row again afterwards"
        if self.on_erase == "anonymise":
            yield ("on_erase",), "an API can only `delete`; let `erase` call what anonymises"
        yield from self.paging.problems()
        if self.paging.in_body and self.method != "POST":
            yield ("paging", "in_body"), 'needs `method = "POST"`'
        yield from self._asking()
        yield from self._calls()
        yield from self._inside()

    def filled_by(self, kind: str) -> set[str]:
        """The names in braces that an identifier of this kind fills in: its own, and the parts of a composite one."""
        find = self.find[kind]
        return {kind, *(find.columns if find.parts > 1 else ())}

    @property
    def asked_by(self) -> set[str]:
        """The names in braces in the request for rows, but for the interval."""
        return (names(self.path) | names(dict(self.params)) | names(self.body)) - INTERVAL

    def _inside(self) -> Iterator[Problem]:
        repeated = ((("find", kind), name) for kind, find in self.find.items() for name in find.columns)
        for path, name in (*self.named_columns(), *repeated):
            if "." in name and not self.flatten:
                yield path, f"`{name}` lies inside an object: set `flatten = true`"

    def _asking(self) -> Iterator[Problem]:
        """A request that some identifier cannot complete would find nothing, and say that nothing is held."""
        fillable = {kind: self.filled_by(kind) for kind in self.find}
        known = set().union(*fillable.values())
        yield from _unknown(("path",), names(self.path), known, "`find`")
        yield from _unknown(("params",), names(dict(self.params)), known | INTERVAL, "`find`")
        yield from _unknown(("body",), names(self.body), known | INTERVAL, "`find`")
        for kind, own in fillable.items():
            if not own & self.asked_by:
                yield (
                    ("find", kind),
                    f"is nowhere in the request: put `{{{kind}}}` into `path`, `params` or `body`",
                )
            elif (names(self.path) & known) - own:
                yield (
                    ("find", kind),
                    "cannot complete `path`, which names another kind: make it a further collection",
                )

    def _calls(self) -> Iterator[Problem]:
        keys = set(self.key_columns)
        for part in ("erase", "item", "restrict", "lift", "rectify"):
            call: Call | None = getattr(self, part)
            if call is not None:
                yield from call.problems(part, keys, "`key_columns`")
                if part not in ("erase", "item") and self.item is None:
                    yield (part,), "needs `item`, the request that asks for a row again afterwards"
        for call in self.suppress:
            yield from call.problems("suppress", set(self.find), "`find`")
        if self.erase and self.item and self.erases_several and not self.item.needs <= self.erase.needs:
            yield (
                ("erase",),
                "takes several rows at once: name all `key_columns`, or let `item` list all that it takes",
            )

    @property
    def erases_several(self) -> bool:
        """Whether one request to erase takes more than one row, because it does not name the row's whole key."""
        return self.erase is not None and not set(self.key_columns) <= self.erase.needs

    @property
    def item_names_key(self) -> bool:
        """Whether asking again asks for one row alone."""
        return self.item is not None and set(self.key_columns) <= self.item.needs

    @property
    def item_paging(self) -> Paging:
        """How a list is parted that asking again gives."""
        return self.paging if self.item is None or self.item.paging is None else self.item.paging


def _unknown(path: Path, used: set[str], known: set[str], where: str) -> Iterator[Problem]:
    for name in sorted(used - known):
        yield path, f"`{{{name}}}` is not in {where}"

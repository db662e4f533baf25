"""A system with a JSON API, as one `[[source]]` of `connectors.toml`."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field

from connectors.description.api import ApiCollection, Auth
from connectors.description.parts import Problem
from connectors.description.secret import POINT_AT_IT, WEB_ADDRESS, Address, is_web_address, reference
from connectors.description.source import SourceBase

_SECRET_HEADER = re.compile(r"authorization|cookie|key|token|secret|password", re.IGNORECASE)


class HttpSource(SourceBase):
    """A JSON API. Only `hosts`, and the host of `base_url`, are ever spoken to, and inside only at `networks`."""

    kind: Literal["http"]
    base_url: Address
    auth: Auth = Auth(kind="none")
    headers: dict[str, str] = {}
    hosts: tuple[str, ...] = ()
    timeout: float = Field(20, gt=0, le=600)
    attempts: int = Field(4, ge=1, le=10)
    max_bytes: int = Field(20_000_000, ge=1000, le=1_000_000_000)  # of one answer
    per_second: float | None = Field(None, gt=0)
    refusal: int = 403  # the status of a refusal with reasons
    reasons: str | None = (
        None  # where they are; else in a list called errors or reasons, or the answer itself
    )
    health: str | None = None  # a path that answers 2xx when all is well
    # By kind what finds a person who is nobody: an API can only be tried by asking about somebody.
    test_person: dict[str, str] = {}
    collection: tuple[ApiCollection, ...] = ()

    def problems(self) -> Iterator[Problem]:
        yield from ((("auth", *path), reason) for path, reason in self.auth.problems())
        yield from self._headers()
        if not reference(self.base_url) and not is_web_address(self.base_url):
            yield ("base_url",), WEB_ADDRESS
        for index, host in enumerate(self.hosts):
            if not re.fullmatch(r"[\w.-]+(:\d+)?", host):
                yield ("hosts", index), "is a host's name, perhaps with a port: api.example.com:8443"
        kinds = {kind for collection in self.collection for kind in collection.find}
        for kind in sorted(self.test_person.keys() - kinds):
            yield ("test_person", kind), "is no kind in the `find` of any collection here"
        for index, collection in enumerate(self.collection):
            for path, reason in self._subjects(collection):
                yield ("collection", index, *path), reason

    def _headers(self) -> Iterator[Problem]:
        for name, value in self.headers.items():
            if _SECRET_HEADER.search(name) and not reference(value):
                yield ("headers", name), POINT_AT_IT

    def _subjects(self, collection: ApiCollection) -> Iterator[Problem]:
        """A token of one person needs what only some identifiers, or key columns, tell."""
        subject, keys = self.auth.subject, set(collection.key_columns)
        for kind in collection.find:
            if missing := subject - collection.filled_by(kind):
                yield ("find", kind), f"cannot sign in: `auth.exchange` needs {_listed(missing)}"
        for part in ("item", "erase", "restrict", "lift", "rectify"):
            if getattr(collection, part) is not None and (missing := subject - keys):
                yield (part,), f"cannot sign in: `auth.exchange` needs {_listed(missing)} among `key_columns`"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))

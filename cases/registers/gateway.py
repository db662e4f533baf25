"""Text messages as an operator sends them: `text-messages.toml`, how its gateway is called over HTTP."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints

from cases.registers.categories import Proof
from cases.registers.faces import is_safe
from cases.registers.texts import Frozen
from connectors.description import tomlfile
from connectors.description.placeholders import names
from connectors.description.secret import POINT_AT_IT, Address, Secret, reference
from connectors.description.tomlfile import Fault, Problem

FILE = "text-messages.toml"
# What a field may name: the number as +46701740605, the same without the plus, the words, and what is the same
# whenever this message is handed over again.
NAMES = frozenset({"number", "digits", "text", "id"})
_SECRET_HEADER = re.compile(r"authorization|cookie|key|token|secret|password", re.IGNORECASE)

Word = Annotated[str, StringConstraints(min_length=1)]


class Accepted(Frozen):
    """What the gateway answers where it has taken a message: one of these statuses, and one of `values` at `at`."""

    status: tuple[Annotated[int, Field(ge=200, le=299)], ...] = Field((200, 201, 202), min_length=1)
    at: Word | None = None
    values: tuple[str | int | bool, ...] = ()


class Gateway(Frozen):
    """How a message is handed over, and what a code that came so proves. `seconds`: for the whole exchange."""

    url: Address
    method: Literal["POST", "PUT"] = "POST"
    sent_as: Literal["json", "form"] = "json"
    fields: dict[str, JsonValue]
    token: Secret | None = None
    user: Secret | None = None
    password: Secret | None = None
    headers: dict[str, str] = {}
    seconds: float = Field(10, gt=0, le=60)
    accepted: Accepted = Accepted()
    level: Proof = "low"

    def problems(self) -> Iterator[Problem]:
        if not reference(self.url) and not is_safe(self.url):
            yield ("url",), "is an address that begins with https://, or points at one with `env:NAME`"
        yield from self._fields()
        if (self.user is None) != (self.password is None):
            yield ("user",), "give `user` and `password`, or neither"
        if self.token and self.user:
            yield ("token",), "give either `token`, or `user` and `password`"
        for name, value in self.headers.items():
            if _SECRET_HEADER.search(name) and not reference(value):
                yield ("headers", name), POINT_AT_IT
        if (self.accepted.at is None) != (not self.accepted.values):
            yield ("accepted",), "give `at` and `values`, or neither"

    def _fields(self) -> Iterator[Problem]:
        told = names(dict(self.fields))
        if unknown := sorted(told - NAMES):
            known = ", ".join(f"{{{name}}}" for name in sorted(NAMES))
            yield ("fields",), f"names {{{unknown[0]}}}; there are {known}"
        if "text" not in told or not told & {"number", "digits"}:
            yield ("fields",), "must have {text} in it, and {number} or {digits}"
        if self.sent_as == "form" and not all(isinstance(each, str) for each in self.fields.values()):
            yield ("fields",), 'are texts where `sent_as = "form"`; lists and tables are for "json"'


def load_gateway(folder: Path) -> Gateway | None:
    """The gateway that the folder describes; None without the file. Raises ConfigError."""
    path = folder / FILE
    return tomlfile.load(path, Gateway) if path.exists() else None


def unfit(folder: Path, *, tied: bool) -> Iterator[Fault]:
    """What does not go together with the rest of the folder. `tied`: a collection tells people's phone numbers."""
    if not tied:
        reason = (
            "could prove no number: a collection in connectors.toml has to yield msisdn, since a code goes only to a "
            "number that a source ties to the person"
        )
        yield tomlfile.fault_at(folder / FILE, ("url",), reason)

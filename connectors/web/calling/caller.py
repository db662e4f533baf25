"""A source's API as something to call: address, sign-in, and what an answer means."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from pydantic import JsonValue

from connectors.contract.causes import blaming
from connectors.description.api import Auth, Call
from connectors.description.apisource import HttpSource
from connectors.description.secret import resolve
from connectors.web.calling import answers, templates
from connectors.web.calling.client import Answer, Request, exchange
from connectors.web.calling.login import Login
from connectors.web.calling.pace import Turn, own_turn


@dataclass(frozen=True)
class Caller:
    """Sends requests to one source."""

    source: HttpSource
    environ: Mapping[str, str] = field(repr=False)
    turn: Turn = own_turn

    @property
    def zone(self) -> tzinfo | None:
        return self.source.zone

    @property
    def base_url(self) -> str:
        return resolve(self.source.base_url, self.environ).rstrip("/")

    def url(self, path: str) -> str:
        """A path of the API as a complete address."""
        return f"{self.base_url}/{path.lstrip('/')}"

    def call(
        self, call: Call, values: Mapping[str, JsonValue], gone: Collection[int], *, dry_run: bool = False
    ) -> Answer:
        """A configured call with its names filled in. Statuses in `gone` are answers too. Raises SourceError."""
        params = templates.params({**call.params, **(call.dry_run if dry_run else {})}, values)
        url = self.url(templates.path(call.path, values))
        request = Request(call.method, url, params=params, json=templates.filled(call.body, values))
        return self._signed_in(request, values, {*gone, *call.ok})

    def read(self, request: Request, values: Mapping[str, JsonValue], gone: Collection[int]) -> Answer:
        """Sends a question; any 2xx is an answer, and so are the statuses in `gone`. Raises SourceError."""
        return self._signed_in(request, values, {*gone, *range(200, 300)})

    def check(self, path: str, fine: Collection[int]) -> None:
        """Asks about nobody. Where only a token of a person signs in, there is none to sign in with."""
        signed = self if not self.source.auth.subject else replace(self, source=_unsigned(self.source))
        url = self.url(path) if path else self.base_url
        signed._signed_in(Request("GET", url), {}, {*fine, *range(200, 300)})

    def _signed_in(self, request: Request, values: Mapping[str, JsonValue], fine: Collection[int]) -> Answer:
        """A token that has run out is renewed once."""
        login = Login(self.source, self.environ, self.turn)
        person = {name: str(value) for name, value in values.items()}
        answer = self._send(request, login, person)
        if answer.status == 401 and login.forget():
            answer = self._send(request, login, person)
        if answer.status not in fine:
            answers.refuse(self.source, answer)
        return answer

    def _send(self, request: Request, login: Login, person: Mapping[str, str]) -> Answer:
        own = {name: resolve(value, self.environ) for name, value in self.source.headers.items()}
        headers = {"Accept": "application/json", **own, **login.headers(person)}
        signed = replace(request, headers=headers, secret=login.params())
        with blaming("base_url"):
            return exchange(self.source, self.base_url, signed, self.turn)


def _unsigned(source: HttpSource) -> HttpSource:
    return source.model_copy(update={"auth": Auth(kind="none")})

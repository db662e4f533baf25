"""A source's API as something to call: address, sign-in, and what an answer means."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from pydantic import JsonValue

from connectors.api import Call
from connectors.config import HttpSource
from connectors.secret import resolve
from connectors.web import answers, templates
from connectors.web.client import Answer, Request, exchange
from connectors.web.login import Login


@dataclass(frozen=True)
class Caller:
    """Sends requests to one source."""

    source: HttpSource
    environ: Mapping[str, str] = field(repr=False)

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
        return self.send(request, values, {*gone, *call.ok})

    def send(self, request: Request, values: Mapping[str, JsonValue], fine: Collection[int]) -> Answer:
        """Sends with our headers; a token that has run out is renewed once. Raises SourceError."""
        login, person = Login(self.source, self.environ), {name: str(value) for name, value in values.items()}
        answer = self._send(request, login, person)
        if answer.status == 401 and login.forget():
            answer = self._send(request, login, person)
        if answer.status not in fine and not 200 <= answer.status < 300:
            answers.refuse(self.source, answer)
        return answer

    def _send(self, request: Request, login: Login, person: Mapping[str, str]) -> Answer:
        own = {name: resolve(value, self.environ) for name, value in self.source.headers.items()}
        headers = {"Accept": "application/json", **own, **login.headers(person)}
        return exchange(self.source, self.base_url, replace(request, headers=headers))

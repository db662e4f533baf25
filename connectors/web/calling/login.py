"""The header that tells an API who asks, and where it wants to know, for whom."""

import base64
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus

import orjson

from connectors.contract.base import SourceGarbage, SourceMisconfigured
from connectors.contract.causes import blaming
from connectors.description.api import Auth
from connectors.description.apisource import HttpSource
from connectors.description.secret import resolve
from connectors.web.calling.client import Request, exchange
from connectors.web.calling.pace import Turn
from connectors.web.calling.templates import filled

_LOCK = threading.Lock()
# Tokens of the client itself, by address, client and what they are for; those of one person are never kept.
_TOKENS: dict[tuple[str, ...], tuple[str, float]] = {}
_MARGIN = 30.0  # seconds before its end that a token is no longer used


@dataclass(frozen=True)
class Login:
    """How one source is signed in to."""

    source: HttpSource
    environ: Mapping[str, str] = field(repr=False)
    turn: Turn

    def params(self) -> dict[str, str]:
        """The query parameters that sign in, where that is how the API wants it."""
        auth = self.source.auth
        return {auth.param or "": self._secret(auth.token)} if auth.kind == "query" else {}

    def headers(self, person: Mapping[str, str]) -> dict[str, str]:
        """The headers of a request on behalf of `person`, identifiers by kind. Raises SourceError."""
        auth = self.source.auth
        match auth.kind:
            case "none" | "query":
                return {}
            case "bearer":
                return {"Authorization": f"Bearer {self._secret(auth.token)}"}
            case "header":
                return {auth.header: self._secret(auth.token)}
            case "basic":
                pair = f"{self._secret(auth.username)}:{self._secret(auth.password)}"
                return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
            case "oauth2":
                return {"Authorization": f"Bearer {self._own_token(auth)}"}
            case "exchange":
                if missing := sorted(auth.subject - {name for name, value in person.items() if value}):
                    raise SourceMisconfigured(
                        "no-subject", f"a token of one person needs {', '.join(missing)}"
                    )
                fields = {name: str(filled(value, person)) for name, value in auth.exchange.items()}
                return {"Authorization": f"Bearer {self._token(auth, fields)[0]}"}

    def forget(self) -> bool:
        """Drops a token that was refused; whether there was one, so that another try makes sense."""
        return _TOKENS.pop(self._place(self.source.auth), None) is not None

    def _own_token(self, auth: Auth) -> str:
        # One fetches the token, and the others wait for it.
        with _LOCK:
            kept = _TOKENS.get(self._place(auth))
            if kept is None or kept[1] < time.monotonic():
                kept = self._token(auth, {"grant_type": "client_credentials"})
                _TOKENS[self._place(auth)] = kept
            return kept[0]

    def _token(self, auth: Auth, fields: Mapping[str, str]) -> tuple[str, float]:
        client = {
            "client_id": self._secret(auth.client_id),
            "client_secret": self._secret(auth.client_secret),
        }
        form = {**fields, **auth.fields, **({"scope": auth.scope} if auth.scope else {})}
        headers = {"Accept": "application/json"}
        if auth.credentials == "body":
            form |= client
        else:
            # Each part is form-encoded before the two are joined (RFC 6749, 2.3.1).
            login = ":".join(quote_plus(part) for part in client.values())
            headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        url = resolve(auth.token_url or "", self.environ)
        with blaming("auth", "token_url"):
            answer = exchange(self.source, url, Request("POST", url, form=form, headers=headers), self.turn)
        if answer.status != 200:
            raise SourceMisconfigured("unauthorized", f"no token: {answer.status}")
        try:
            read = orjson.loads(answer.body)
            return str(read["access_token"]), time.monotonic() + float(read.get("expires_in") or 60) - _MARGIN
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            raise SourceGarbage("no-token", "the answer holds no access_token") from None

    def _place(self, auth: Auth) -> tuple[str, ...]:
        client = self._secret(auth.client_id) if auth.client_id else ""
        extra = tuple(part for pair in sorted(auth.fields.items()) for part in pair)
        return resolve(auth.token_url or "", self.environ), client, auth.scope or "", *extra

    def _secret(self, reference: str | None) -> str:
        return resolve(reference or "", self.environ)

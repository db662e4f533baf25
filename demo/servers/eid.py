"""The demo's electronic identities: an OpenID Connect provider with two faces, and people nobody was
born as; and a third, where its staff sign in.

`python -m demo.servers.eid PORT [PEOPLE]`, with EID_SECRET in the environment: the secret of every client. PEOPLE is
the demo's `people.json`, EID_CLIENT_KEY the path of a public key (PEM) for clients that sign in with `private_key_jwt`.
Below `/bankid`, `/mitid` and `/office`:

    GET  /.well-known/openid-configuration
    GET  authorize      a page to be somebody, at a level, or to stop
    POST choose         what was chosen there; leads back to the client
    POST token          a code and its verifier for an ID token
    GET  jwks           the keys
    POST rotate         from now on another key signs
    POST spoil          JSON: claims that the next token has instead of its own; null leaves one out
"""

import base64
import hashlib
import hmac
import html
import json
import os
import secrets
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

LIFE = 60  # seconds of a code
STYLE = "body{font:1rem/1.5 system-ui;max-width:30rem;margin:3rem auto;padding:0 1rem}button{margin:.25rem 0}"


@dataclass(frozen=True)
class Face:
    """What this provider tells of a person. `levels`: the values of `level_claim`, weakest first."""

    name: str
    number_claim: str
    level_claim: str
    levels: tuple[str, str, str]
    people: tuple[str, ...]
    digits: int = 0
    by_mail: bool = False

    def written(self, typed: str) -> str:
        return typed.strip() if self.by_mail else "".join(filter(str.isdigit, typed))


# Birth numbers 238 and 239 are for tests; the Danish ones belong to a century in which nobody alive was born.
FACES = {
    "bankid": Face(
        "BankID", "ssn", "acr",
        ("urn:demo:bankid:low", "urn:demo:bankid:substantial", "urn:demo:bankid:high"),
        ("196710192391", "196712112397"), digits=12,
    ),
    "mitid": Face(
        "MitID", "cprNumberIdentifier", "loa", ("Low", "Substantial", "High"), ("2303945507", "1505945502"),
        digits=10,
    ),
    # Where the staff sign in: by a password, by a code besides, by a key.
    "office": Face(
        "Office", "email", "acr",
        ("urn:demo:office:password", "urn:demo:office:code", "urn:demo:office:key"),
        ("caseworker@desk.example.org", "approver@desk.example.org"), by_mail=True,
    ),
}  # fmt: skip


# What its page says, in the language that the desk asks for (`ui_locales`).
WORDS = {
    "en": {
        "demo": "A demonstration: nobody here is real.", "number": "Number", "mail": "E-mail address",
        "level": "Level", "levels": ("Low", "Substantial", "High"), "go": "Sign in", "stop": "Stop",
        "people": "Who is in the demonstration",
    },
    "sv": {
        "demo": "En demonstration: ingen här finns på riktigt.", "number": "Nummer", "mail": "E-postadress",
        "level": "Tillitsnivå", "levels": ("Låg", "Väsentlig", "Hög"), "go": "Logga in", "stop": "Avbryt",
        "people": "Vilka som finns i demonstrationen",
    },
    "da": {
        "demo": "En demonstration: Ingen her findes i virkeligheden.", "number": "Nummer", "mail": "E-mailadresse",
        "level": "Sikringsniveau", "levels": ("Lav", "Betydelig", "Høj"), "go": "Log ind", "stop": "Afbryd",
        "people": "Hvem der er med i demonstrationen",
    },
}  # fmt: skip


class RefusedError(Exception):
    """An answer that is not 200, with an error of RFC 6749."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


@dataclass
class Provider:
    """What one face remembers: its keys, the codes it has given out, what the next token is spoilt with."""

    issuer: str
    face: Face
    # Who it proposes, by number, in a few words.
    people: dict[str, str]
    keys: list[RSAKey] = field(default_factory=lambda: [new_key()])
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    spoilt: dict[str, Any] = field(default_factory=dict)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
            "authorization_response_iss_parameter_supported": True,
        }

    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.keys[-1].as_dict(private=False)]}

    def choose(self, asked: dict[str, str]) -> str:
        """Where what was chosen leads: back to the client, with a code or with a refusal."""
        back = asked.get("redirect_uri", "")
        answer = {"state": asked.get("state", ""), "iss": self.issuer}
        if asked.get("choice") == "cancel":
            return f"{back}?{urlencode({'error': 'access_denied', **answer})}"
        code = secrets.token_urlsafe(24)
        self.codes[code] = asked | {"until": str(time.time() + LIFE)}
        return f"{back}?{urlencode({'code': code, **answer})}"

    def token(self, form: dict[str, str], client: str) -> dict[str, Any]:
        # Taken out whatever follows: a code is tried once.
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or time.time() > float(asked["until"]) or asked["client_id"] != client:
            raise RefusedError(400, "invalid_grant")
        if form.get("redirect_uri") != asked["redirect_uri"] or not verifies(form, asked):
            raise RefusedError(400, "invalid_grant")
        return {
            "access_token": secrets.token_urlsafe(24),
            "token_type": "Bearer",
            "expires_in": LIFE,
            "id_token": self._id_token(asked),
        }

    def _id_token(self, asked: dict[str, str]) -> str:
        now, number = int(time.time()), self.face.written(asked.get("number", ""))
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "sub": hashlib.sha256(f"{asked['client_id']} {number}".encode()).hexdigest(),
            "iat": now,
            "auth_time": now,
            "exp": now + 300,
            "nonce": asked.get("nonce"),
            self.face.number_claim: number,
            self.face.level_claim: asked.get("level"),
            "email_verified": self.face.by_mail or None,
        } | self.spoilt
        self.spoilt = {}
        told = {name: value for name, value in claims.items() if value not in (None, "")}
        return jwt.encode({"alg": "RS256", "kid": self.keys[-1].kid}, told, self.keys[-1])


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


def verifies(form: dict[str, str], asked: dict[str, str]) -> bool:
    """PKCE: whoever brings the code is who asked for it."""
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    own = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return asked.get("code_challenge_method") == "S256" and hmac.compare_digest(own, asked["code_challenge"])


def client_of(authorization: str, form: dict[str, str], endpoint: str) -> str:
    """Whose client this is. Raises RefusedError."""
    if authorization.startswith("Basic "):
        name, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
        if hmac.compare_digest(secret, os.environ["EID_SECRET"]):
            return unquote(name)
    elif form.get("client_assertion") and (path := os.environ.get("EID_CLIENT_KEY")):
        try:
            claims = jwt.decode(form["client_assertion"], RSAKey.import_key(Path(path).read_bytes())).claims
            jwt.JWTClaimsRegistry(
                aud={"essential": True, "value": endpoint}, exp={"essential": True}
            ).validate(claims)
        except JoseError:
            raise RefusedError(401, "invalid_client") from None
        return str(claims["iss"])
    raise RefusedError(401, "invalid_client")


def authorize_page(provider: Provider, asked: dict[str, str]) -> str:
    face = provider.face
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in asked.items()
    )
    people = "".join(
        f'<option value="{number}">{html.escape(who)}</option>' for number, who in provider.people.items()
    )
    # Nobody is proposed where it is for whoever tries the demo to say who they are.
    typed = html.escape(next(iter(provider.people))) if face.by_mail else ""
    language = next((one for one in asked.get("ui_locales", "").split() if one in WORDS), "en")
    words: dict[str, Any] = WORDS[language]
    levels = "".join(
        f'<option value="{value}"{" selected" if value == face.levels[-1] else ""}>{word}</option>'
        for value, word in zip(face.levels, words["levels"], strict=True)
    )
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{face.name}</title>'
        f"<style>{STYLE}</style><h1>{face.name}</h1><p>{words['demo']}</p>"
        f'<form method="post" action="{provider.issuer}/choose">{hidden}'
        f"<p><label>{words['mail' if face.by_mail else 'number']}<br>"
        f'<input name="number" list="people" value="{typed}"></label>'
        f'<datalist id="people">{people}</datalist></p>{_listed(provider.people, words["people"])}'
        f'<p><label>{words["level"]}<br><select name="level">{levels}</select></label></p>'
        f'<p><button name="choice" value="go">{words["go"]}</button> '
        f'<button name="choice" value="cancel">{words["stop"]}</button></p></form></html>'
    )


def _listed(people: dict[str, str], heading: str) -> str:
    rows = "".join(
        f"<li><code>{number}</code> {html.escape(who)}</li>" for number, who in people.items() if who
    )
    return f"<details open><summary>{heading}</summary><ul>{rows}</ul></details>" if rows else ""


def is_ours(asked: dict[str, str]) -> bool:
    """Whether it leads back to a desk on this machine, and asks as it should."""
    back = urlsplit(asked.get("redirect_uri", ""))
    wanted = asked.get("response_type") == "code" and "openid" in asked.get("scope", "").split()
    return wanted and back.hostname in ("localhost", "127.0.0.1") and bool(asked.get("code_challenge"))


class Service(BaseHTTPRequestHandler):
    """Answers for every provider, each below its own key."""

    providers: dict[str, Provider]

    def _serve(self) -> None:
        try:
            self._answer(*self._found())
        except RefusedError as refused:
            self._answer(refused.status, json.dumps({"error": refused.error}), "application/json")

    do_GET = do_POST = _serve  # noqa: N815

    def _found(self) -> tuple[int, str, str]:
        parts = urlsplit(self.path)
        _, name, *rest = [*parts.path.split("/"), "", ""]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        provider, page = self.providers.get(name), "/".join(filter(None, rest))
        if provider is None:
            raise RefusedError(404, "not_found")
        query = dict(parse_qsl(parts.query))
        match self.command, page:
            case "GET", "authorize" if is_ours(query):
                # Where no language is asked for, as where the staff sign in, the browser's.
                query.setdefault("ui_locales", (self.headers.get("Accept-Language") or "")[:2])
                return 200, authorize_page(provider, query), "text/html; charset=utf-8"
            case "POST", "choose" if is_ours(form := dict(parse_qsl(body))):
                return 303, provider.choose(form), ""
        return 200, json.dumps(self._told(provider, page, body)), "application/json"

    def _told(self, provider: Provider, page: str, body: str) -> dict[str, Any]:
        match self.command, page:
            case "GET", ".well-known/openid-configuration":
                return provider.discovery()
            case "GET", "jwks":
                return provider.jwks()
            case "POST", "token":
                form = dict(parse_qsl(body))
                authorization = self.headers.get("Authorization") or ""
                return provider.token(form, client_of(authorization, form, f"{provider.issuer}/token"))
            case "POST", "rotate":
                provider.keys.append(new_key())
                return {}
            case "POST", "spoil":
                provider.spoilt = json.loads(body)
                return {}
        raise RefusedError(400, "invalid_request")

    def _answer(self, status: int, content: str, kind: str) -> None:
        self.send_response(status)
        if status == 303:
            self.send_header("Location", content)
            content = ""
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("Content-Length", str(len(content.encode())))
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Codes stand in the address: nothing is logged."""


def handler(providers: dict[str, Provider]) -> type[Service]:
    """A service of these providers."""
    return type("Service", (Service,), {"providers": providers})


def known_to(face: Face, described: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The demo's customers who can have this identity; without any, numbers that are nobody's."""
    found: dict[str, list[str]] = {}
    for slug, played in described.items():
        for role, one in played.items():
            if len(one["national_id"]) == face.digits:
                found.setdefault(one["national_id"], []).append(f"{one['name']} ({slug}, {role})")
    return {number: "; ".join(who) for number, who in found.items()} or dict.fromkeys(face.people, "")


def main(port: str, people: str = "") -> None:
    described = json.loads(Path(people).read_text()) if people else {}
    providers = {
        key: Provider(f"http://localhost:{port}/{key}", face, known_to(face, described))
        for key, face in FACES.items()
    }
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), handler(providers))
    # In a thread of its own: shutting down waits for the loop that this signal has interrupted.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])

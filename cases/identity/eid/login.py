"""The way to a broker and back: authorization code with PKCE (RFC 7636), one attempt at a time."""

import hmac
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Client
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from cases.identity import identifiers
from cases.identity.eid.broker import Broker, discovered
from cases.identity.eid.exchange import fetch
from cases.identity.eid.outcomes import NotShown, Outcome, Shown
from cases.identity.eid.tokens import claims_of
from cases.identity.stepping_up.levels import suffices
from cases.models.proof import Level
from cases.registers.faces import COUNTRIES, Face
from connectors.contract.base import SourceMisconfigured
from connectors.description.secret import resolve

LIFE = 15 * 60  # seconds a person has at the broker
# What a broker answers where the person did not go on (OpenID Connect Core 1.0, section 3.1.2.6; RFC 6749, 4.1.2.1).
CANCELLED = frozenset({"access_denied", "interaction_required", "login_required"})


@dataclass(frozen=True)
class Attempt:
    """What a browser's session remembers while its person is at the broker. `until`: seconds since 1970."""

    face: str
    state: str
    nonce: str
    verifier: str
    until: float

    @classmethod
    def new(cls, face: str) -> "Attempt":
        state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        return cls(face, state, nonce, secrets.token_urlsafe(48), time.time() + LIFE)

    def is_answered_by(self, query: Mapping[str, str]) -> bool:
        """Whether this answer is to this question, in time."""
        same = hmac.compare_digest(query.get("state", "").encode(), self.state.encode())
        return same and time.time() < self.until


class Client(Protocol):
    """Where a broker is, and how the desk signs in there: a face, or the staff's single sign-on."""

    @property
    def issuer(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def client_secret(self) -> str | None: ...
    @property
    def private_key(self) -> str | None: ...
    @property
    def key_id(self) -> str | None: ...
    @property
    def scopes(self) -> tuple[str, ...]: ...
    @property
    def acr_values(self) -> tuple[str, ...]: ...


def begin(attempt: Attempt, face: Client, *, back: str, language: str, prompt: str = "login") -> str:
    """The broker's address to send the person to; they return to `back`. Raises NotShown.

    ``prompt``: "login", and they show themselves anew even where the broker knows them; "" leaves that to the broker.
    """
    broker = discovered(_resolved(face.issuer))
    client = OAuth2Client(
        None,
        client_id=_resolved(face.client_id),
        scope=" ".join(face.scopes),
        redirect_uri=back,
        code_challenge_method="S256",
    )
    wanted = {"acr_values": " ".join(face.acr_values), "prompt": prompt}
    address, _state = client.create_authorization_url(
        broker.authorization,
        state=attempt.state,
        code_verifier=attempt.verifier,
        nonce=attempt.nonce,
        ui_locales=language,
        **{name: value for name, value in wanted.items() if value},
    )
    return str(address)


def finish(attempt: Attempt, face: Face, query: Mapping[str, str], *, back: str) -> Shown:
    """What the person has shown, by the answer that this attempt got. Raises NotShown."""
    issuer, claims = answered(attempt, face, query, back=back)
    return Shown(attempt.face, issuer, _level(face, claims), _number(attempt.face, face, claims))


def answered(
    attempt: Attempt, face: Client, query: Mapping[str, str], *, back: str
) -> tuple[str, dict[str, Any]]:
    """The issuer, and what it tells of the person. Raises NotShown."""
    if error := query.get("error"):
        denied = error in CANCELLED
        raise NotShown(Outcome.CANCELLED if denied else Outcome.AWAY, "denied" if denied else "broker-error")
    broker = discovered(_resolved(face.issuer))
    # Whose answer this is: a code of another broker must not be redeemed here (RFC 9207).
    if query.get("iss", broker.issuer if not broker.names_itself else "") != broker.issuer:
        raise NotShown(Outcome.UNTRUSTED, "answer-of-another-issuer")
    token = _redeemed(attempt, face, broker, query.get("code", ""), back)
    claims = claims_of(token, broker, client_id=_resolved(face.client_id), nonce=attempt.nonce)
    return broker.issuer, claims


def _redeemed(attempt: Attempt, face: Client, broker: Broker, code: str, back: str) -> object:
    """The ID token for a code. The access token beside it is not kept: nothing is asked with it."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": attempt.verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    _url, headers, body = _client_auth(face, broker).prepare("POST", broker.token, headers, urlencode(form))
    return fetch(broker.token, body=body, headers=headers).get("id_token")


def _client_auth(face: Client, broker: Broker) -> ClientAuth:
    client = _resolved(face.client_id)
    if face.client_secret is not None:
        way = "client_secret_basic" if "client_secret_basic" in broker.takes else "client_secret_post"
        return ClientAuth(client, _resolved(face.client_secret), way)
    assert face.private_key is not None
    key = _private(_resolved(face.private_key))
    headers = {"kid": face.key_id} if face.key_id else {}
    algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
    return ClientAuth(client, key, PrivateKeyJWT(broker.token, headers=headers, alg=algorithm))


def _private(pem: str) -> RSAKey | ECKey:
    for kind in (RSAKey, ECKey):
        try:
            return kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            continue
    raise NotShown(Outcome.AWAY, "private-key-unreadable")


def _resolved(value: str) -> str:
    try:
        return resolve(value, os.environ)
    except SourceMisconfigured as error:
        raise NotShown(Outcome.AWAY, str(error)) from None


def _number(key: str, face: Face, claims: Mapping[str, Any]) -> str:
    told = claims.get(face.number_claim)
    try:
        return identifiers.normalise(
            identifiers.NATIONAL_ID, told if isinstance(told, str) else "", COUNTRIES[key]
        )
    except identifiers.NotAnIdentifier:
        raise NotShown(Outcome.NO_NUMBER) from None


def _level(face: Face, claims: Mapping[str, Any]) -> Level:
    meaning = face.levels.meaning(claims.get(face.level_claim))
    level = Level(meaning) if meaning else None
    if level is None or not suffices(level, face.least):
        raise NotShown(Outcome.TOO_LOW)
    return level

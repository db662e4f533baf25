"""A broker as its discovery document describes it (OpenID Connect Discovery 1.0), and its keys."""

import time
from dataclasses import dataclass
from threading import Lock
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from cases.identity.eid.exchange import fetch
from cases.identity.eid.outcomes import NotShown, Outcome
from cases.registers.faces import is_safe

KEPT_FOR = 600.0  # seconds
_kept: dict[str, tuple[float, dict[str, Any]]] = {}
_lock = Lock()


@dataclass(frozen=True)
class Broker:
    """Where to send the person, where to redeem what they bring back, and where the keys are.

    `names_itself`: the address people come back with tells who answers (RFC 9207).
    """

    issuer: str
    authorization: str
    token: str
    keys_at: str
    names_itself: bool
    takes: tuple[str, ...]  # ways of signing in at the token endpoint

    def keys(self, *, anew: bool = False) -> KeySet:
        """The keys it signs with. Raises NotShown."""
        try:
            told = _document(self.keys_at, anew=anew)["keys"]
            # One that is of no use here, an encryption key or a newer kind, must not spoil the others.
            usable = [each for each in told if each.get("kty") in ("RSA", "EC") and each.get("use") != "enc"]
            return KeySet.import_key_set({"keys": usable})
        except (AttributeError, JoseError, KeyError, TypeError, ValueError):
            raise NotShown(Outcome.AWAY, "keys-unreadable") from None


def discovered(issuer: str) -> Broker:
    """The broker at this issuer. Raises NotShown, also where the document is another issuer's."""
    told = _document(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != issuer:
        raise NotShown(Outcome.UNTRUSTED, "discovery-of-another-issuer")
    places = [told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(each, str) and is_safe(each) for each in places):
        raise NotShown(Outcome.AWAY, "discovery-incomplete")
    takes = told.get("token_endpoint_auth_methods_supported")
    authorization, token, keys_at = map(str, places)
    return Broker(
        issuer,
        authorization,
        token,
        keys_at,
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
        takes=tuple(map(str, takes)) if isinstance(takes, list) else ("client_secret_basic",),
    )


def _document(url: str, *, anew: bool = False) -> dict[str, Any]:
    with _lock:
        at, found = _kept.get(url, (0.0, {}))
    if anew or not found or time.monotonic() - at > KEPT_FOR:
        found = fetch(url)
        with _lock:
            _kept[url] = time.monotonic(), found
    return found


def forget() -> None:
    """Ask again for everything, at the next attempt."""
    with _lock:
        _kept.clear()

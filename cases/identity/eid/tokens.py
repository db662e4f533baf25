"""Whether an ID token holds (OpenID Connect Core 1.0, section 3.1.3.7): who signed it, for whom, when, what asked."""

from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError

from cases.identity.eid.broker import Broker
from cases.identity.eid.outcomes import NotShown, Outcome

# Signed with the broker's private key; what is signed with a shared secret or not at all is not taken.
ALGORITHMS = ("RS256", "PS256", "ES256")
SKEW = 60  # seconds that two clocks may differ


def claims_of(token: object, broker: Broker, *, client_id: str, nonce: str) -> dict[str, Any]:
    """The claims of a token that holds. Raises NotShown."""
    if not isinstance(token, str):
        raise NotShown(Outcome.UNTRUSTED, "no-id-token")
    try:
        claims = _signed(token, broker)
        jwt.JWTClaimsRegistry(
            leeway=SKEW,
            iss={"essential": True, "value": broker.issuer},
            aud={"essential": True, "value": client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise NotShown(Outcome.UNTRUSTED, type(error).__name__) from None
    if not _meant_for(claims, client_id):
        raise NotShown(Outcome.UNTRUSTED, "for-another-client")
    return claims


def _signed(token: str, broker: Broker) -> dict[str, Any]:
    try:
        return jwt.decode(token, broker.keys(), algorithms=ALGORITHMS).claims
    except InvalidKeyIdError:
        # A key that came since its keys were fetched; asked for once, or anybody could have them fetched for ever.
        return jwt.decode(token, broker.keys(anew=True), algorithms=ALGORITHMS).claims


def _meant_for(claims: dict[str, Any], client_id: str) -> bool:
    """Whether the desk alone may take it: of several that a token is for, one has asked for it."""
    party = claims.get("azp")
    alone = claims["aud"] in (client_id, [client_id])
    return party == client_id or (party is None and alone)

"""A request that its receiver can tell to be the operator's: an HTTP message signature (RFC 9421) with Ed25519."""

import base64
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# In the order in which they are signed.
COVERED = ("@method", "@target-uri", "content-type", "content-digest", "idempotency-key")
LABEL = "desk"


class NoKey(ValueError):
    """What should be a private key is none."""


def private_key(seed: str) -> Ed25519PrivateKey:
    """``seed``: 64 hexadecimal digits. Raises NoKey."""
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    except ValueError:
        raise NoKey from None


def digest(sha256: str) -> str:
    """A hash as RFC 9530 writes it in Content-Digest."""
    return f"sha-256=:{_base64(bytes.fromhex(sha256))}:"


def signed(
    url: str, headers: Mapping[str, str], *, key: Ed25519PrivateKey, key_id: str, created: int
) -> dict[str, str]:
    """The two headers of the signature over a POST to ``url`` with these headers. ``created``: seconds since 1970."""
    inside = " ".join(f'"{name}"' for name in COVERED)
    params = f'({inside});created={created};keyid="{key_id}";alg="ed25519"'
    base = signature_base(url, headers, params)
    return {
        "Signature-Input": f"{LABEL}={params}",
        "Signature": f"{LABEL}=:{_base64(key.sign(base.encode()))}:",
    }


def signature_base(url: str, headers: Mapping[str, str], params: str) -> str:
    """What is signed: each part of `COVERED` on its line, then how they were signed."""
    told = {name.lower(): value for name, value in headers.items()} | {"@method": "POST", "@target-uri": url}
    lines = [f'"{name}": {told[name]}' for name in COVERED]
    return "\n".join([*lines, f'"@signature-params": {params}'])


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()

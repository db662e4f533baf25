"""The key of secret orders: processes that were started with it are cleared, all others cannot read what it seals.

Its public half is known to every process, so that what an ordinary one has to say in secret can be sealed by it and
read by nobody there (docs/adr/0112).
"""

import hashlib
import hmac
import os
from functools import lru_cache

import pyrage
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_FORMAT, _NONCE = b"\x01", 12


class NotCleared(Exception):
    """What was asked for can be read, or written, by a process with the key of secret orders alone."""

    def __init__(self) -> None:
        super().__init__(
            "this process was started without DSAR_ORDERS_KEY, which it takes to know of secret orders: "
            "run it where the cleared services run (docs/deploy.md)"
        )


class Foreign(ValueError):
    """What is sealed was changed, moved to another place, or sealed under another key."""


def is_at_hand() -> bool:
    """Whether this process is cleared."""
    return bool(settings.ORDERS_KEY)


def require() -> None:
    """NotCleared where this process has no key."""
    if not is_at_hand():
        raise NotCleared


@lru_cache(maxsize=4)
def _identity(key: str) -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.from_str(key)


def identity() -> pyrage.x25519.Identity:
    require()
    return _identity(settings.ORDERS_KEY)


def recipient() -> pyrage.x25519.Recipient:
    """The public half, in every process."""
    return pyrage.x25519.Recipient.from_str(settings.ORDERS_RECIPIENT)


def seal(data: bytes) -> bytes:
    """For cleared processes to read; by any process, so that it proves nothing of who wrote it."""
    return bytes(pyrage.encrypt(data, [recipient()]))


def unseal(sealed: bytes) -> bytes:
    """Raises NotCleared, Foreign."""
    try:
        return bytes(pyrage.decrypt(sealed, [identity()]))
    except pyrage.DecryptError:
        raise Foreign from None


def _derived(use: bytes) -> bytes:
    require()
    return hmac.digest(settings.ORDERS_KEY.encode(), use, "sha256")


def mark(*about: str) -> str:
    """Keyed hash of what a row is about, 64 hex digits: who has no key can't ask whether there is one."""
    return hmac.new(_derived(b"marks"), "\0".join(about).encode(), hashlib.sha256).hexdigest()


def lock(data: bytes, place: str) -> bytes:
    """Sealed by a cleared process for this place alone: AES-256-GCM, a format byte and the nonce before it."""
    nonce = os.urandom(_NONCE)
    return _FORMAT + nonce + AESGCM(_derived(b"rows")).encrypt(nonce, data, place.encode())


def unlock(sealed: bytes, place: str) -> bytes:
    """Raises NotCleared, Foreign."""
    if sealed[:1] != _FORMAT:
        raise Foreign
    try:
        return AESGCM(_derived(b"rows")).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], place.encode())
    except InvalidTag:
        raise Foreign from None

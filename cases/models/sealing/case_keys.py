"""The master key, and the keys of a case that are wrapped to it: by them alone anything sealed is opened.

No model is named here, so that every table can have sealed columns.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pyrage
from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    from cases.models.case import Case


class Wrapped(NamedTuple):
    """A key as it is kept; nothing is wrapped once it is destroyed."""

    public: str
    wrapped: bytes | None


class KeyDestroyed(Exception):
    """What was asked for was sealed under a key that has been destroyed. It is gone, by design."""


@lru_cache(maxsize=1)
def master() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.from_str(settings.MASTER_KEY.strip())


def seal_for_operator(data: bytes) -> bytes:
    """Seal what belongs to no case yet."""
    return bytes(pyrage.encrypt(data, [master().to_public()]))


def unseal_for_operator(sealed: bytes | memoryview) -> bytes:
    return bytes(pyrage.decrypt(bytes(sealed), [master()]))


def recipient(case: "Case", use: str) -> pyrage.x25519.Recipient:
    """The public half of a case's key, made at first use. KeyDestroyed if its time is over."""
    key = _key(case, use) or _new_key(case, use)
    if key.wrapped is None:
        raise KeyDestroyed(use)
    return pyrage.x25519.Recipient.from_str(key.public)


def identity(case: "Case", use: str) -> pyrage.x25519.Identity:
    """The private half. KeyDestroyed if it never was or no longer is."""
    key = _key(case, use)
    if key is None or key.wrapped is None:
        raise KeyDestroyed(use)
    return pyrage.x25519.Identity.from_str(unseal_for_operator(key.wrapped).decode())


def _key(case: "Case", use: str) -> "Wrapped | None":
    # By hand: asked for with every value that is sealed or opened, and building a query takes five times as long.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public, wrapped FROM cases_wrappedkey WHERE case_id = %s AND use = %s", [case.pk, use]
        )
        found = cursor.fetchone()
    return None if found is None else Wrapped(*found)


def _new_key(case: "Case", use: str) -> "Wrapped":
    private = pyrage.x25519.Identity.generate()
    made: dict[str, Any] = {
        "public": str(private.to_public()),
        "wrapped": seal_for_operator(str(private).encode()),
    }
    # Two who are the first at once end up with one key; the other's has sealed nothing.
    key, _created = case.keys.get_or_create(use=use, defaults=made)
    return Wrapped(key.public, None if key.wrapped is None else bytes(key.wrapped))

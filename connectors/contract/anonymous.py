"""What anonymising writes in a value's place; the same in every kind of source."""

import hashlib
import hmac
import re

MARK = "anon-"
DIGITS = 32
HASH = b"keyed-hash"  # in place of a text to write: the hash of what is there
HASHED = re.compile(rf"{MARK}[0-9a-f]{{{DIGITS}}}")


def hashed(value: str, hash_key: bytes) -> str:
    """The keyed hash that replaces a value. One already replaced stays, or a second run would change it again."""
    if HASHED.fullmatch(value):
        return value
    # A text can hold half a character.
    digest = hmac.new(hash_key, value.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return MARK + digest.hexdigest()[:DIGITS]


def as_text(constant: str | int | float | bool | None) -> str | None:
    """A constant as text holds it; None for nothing."""
    if constant is None or isinstance(constant, str):
        return constant
    return str(constant).lower() if isinstance(constant, bool) else str(constant)

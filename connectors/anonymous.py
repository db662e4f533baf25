"""What anonymising writes in a value's place; the same in every kind of source."""

import hashlib
import hmac
import re

MARK = "anon-"
DIGITS = 32
HASHED = re.compile(rf"{MARK}[0-9a-f]{{{DIGITS}}}")


def hashed(value: str, hash_key: bytes) -> str:
    """The keyed hash that replaces a value. One already replaced stays, or a second run would change it again."""
    if HASHED.fullmatch(value):
        return value
    digest = hmac.new(hash_key, value.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return MARK + digest.hexdigest()[:DIGITS]

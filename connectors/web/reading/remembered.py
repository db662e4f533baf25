"""Rows known again by 64 bits each: the newest of them lie in the place where reading goes on."""

import hashlib
import struct
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping

_MOST = 50_000  # so that a page that moved, or a second way to a row, doubles nothing
_BYTES = 8


def mark(key: bytes) -> int:
    """What a row with this key is known by."""
    return int.from_bytes(hashlib.sha256(key).digest()[:_BYTES], "little")


def packed(marks: Collection[int]) -> bytes:
    """The marks one after the other, eight bytes each."""
    return struct.pack(f"<{len(marks)}Q", *marks)


def newest(marks: dict[int, None]) -> dict[int, None]:
    """As many as are known again, where twice as many have come together."""
    return marks if len(marks) < 2 * _MOST else dict.fromkeys(tuple(marks)[-_MOST:])


def together(marks: Mapping[int, None]) -> str:
    """The newest marks as text: two thirds of a megabyte at most."""
    return b64encode(packed(tuple(marks)[-_MOST:])).decode()


def apart(text: str) -> dict[int, None]:
    """The marks again, in their order."""
    plain = b64decode(text)
    return dict.fromkeys(struct.unpack(f"<{len(plain) // _BYTES}Q", plain))

"""A value as a line of JSON that takes no more room than it needs, and JSON whose whole numbers keep every digit."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson

# Every digit as the same one: so many in a row are found without a look at each.
_DIGITS, _LONG = bytes.maketrans(b"123456789", b"0" * 9), b"0" * 19


def json_line(value: object) -> bytes:
    """orjson hands over bytes that keep a buffer of kilobytes each; a page of rows of them is a hundred megabytes."""
    return bytes(memoryview(orjson.dumps(value)))


def exactly(value: object) -> bytes:
    """Compact JSON. A SIM card's number is longer than the 64 bits that orjson writes."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_day).encode()


def read_exactly(text: bytes) -> Any:
    """The value of a JSON text. Beyond 64 bits orjson would make a whole number a fraction. Raises ValueError."""
    return json.loads(text) if _LONG in text.translate(_DIGITS) else orjson.loads(text)


def read_lines(lines: Sequence[bytes]) -> list[Any]:
    """The values of several JSON texts, read at once. Raises ValueError, also where one of them is more than one."""
    found: list[Any] = read_exactly(b"[%b]" % b",".join(lines))
    if len(found) != len(lines):
        raise ValueError("not a value a line")
    return found


def _day(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)

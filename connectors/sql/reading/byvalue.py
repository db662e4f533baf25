"""A driver's values as a line of JSON, where the database itself cannot render one that says everything."""

import base64
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import orjson

from connectors.rows.jsonline import json_line
from connectors.sql.statement.fields import Field

_LARGEST = 2**63


def line(fields: Sequence[Field], row: Sequence[Any]) -> bytes:
    """A row as its columns' driver hands it over, in their order."""
    return json_line({field.name: _value(field, value) for field, value in zip(fields, row, strict=True)})


def _value(field: Field, value: Any) -> Any:
    """What a driver hands over, as something that JSON can say without losing anything."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _json(value) if field.family == "json" else value
    if isinstance(value, int):
        # orjson writes no whole number beyond 64 bits.
        return value if -_LARGEST <= value < _LARGEST else orjson.Fragment(str(value))
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime) and value.tzinfo is None and field.family == "aware":
        return value.replace(tzinfo=UTC).isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, bytes | bytearray | memoryview):
        if field.family == "integer":  # MySQL's BIT
            return _value(field, int.from_bytes(value))
        return {"type": "binary", "base64": base64.b64encode(value).decode()}
    return _nested(field, value)


def _duration(value: timedelta) -> str:
    """A time of day, or more or less than one: `26:03:04`, `-00:00:01.500000`."""
    seconds, rest = divmod(abs(value), timedelta(seconds=1))
    hours, seconds = divmod(seconds, 3600)
    text = f"{'-' if value < timedelta() else ''}{hours:02}:{seconds // 60:02}:{seconds % 60:02}"
    return f"{text}.{rest.microseconds:06}" if rest else text


def _nested(field: Field, value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _value(field, part) for name, part in value.items()}
    if isinstance(value, list | tuple | set):
        return [_value(field, part) for part in value]
    return format(value, "f") if isinstance(value, Decimal) and value.is_finite() else str(value)


def _json(text: str) -> Any:
    """A JSON document as it stands, digits and all; text that is none stays text."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return orjson.Fragment(text.replace("\n", " ").replace("\r", " "))

"""Moments by their hour: rows come by the million and share their hours."""

CLOCK = frozenset(f":{minute:02}:{second:02}" for minute in range(60) for second in range(60))
FIRST, LAST = ":00:00", ":59:59"
_DIGITS = "0123456789"


def apart(value: str) -> tuple[str, str, str] | None:
    """`2026-01-31T14`, `:05:00` and the offset as it is written, or ""; None for what is written otherwise.

    A part of a second is left out. Whether there is such a day or offset is not looked at.
    """
    clock, offset = value[13:19], value[19:]
    if clock not in CLOCK:
        return None
    if offset[:1] == "." and "0" <= offset[1:2] <= "9":
        offset = offset[1:].lstrip(_DIGITS)
    return value[:13], clock, offset

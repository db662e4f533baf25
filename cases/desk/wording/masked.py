"""A value of a row as a page may show it: masked, or in full but cut to a length that a table can hold."""

import json
from typing import Any

LONG = 200


def mask(value: Any, *, plain: bool = False) -> str:
    """A value as a stranger may see it: its shape, not its content. Moments stay readable."""
    if value is None:
        return ""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if plain:
        return written[:LONG] + ("…" if len(written) > LONG else "")
    # True and false would differ in their length.
    if isinstance(value, bool):
        return "•"
    return (
        f"{written[:1]}{'•' * min(len(written) - 2, 8)}{written[-1:]}"
        if len(written) > 5
        else "•" * len(written)
    )

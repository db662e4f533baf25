"""How fast an API is asked: so many requests a second, however many of us ask."""

import threading
import time
from collections.abc import Callable

# Called with the API's address and its `per_second`; returns when it is our turn.
Turn = Callable[[str, float], None]

_LOCK = threading.Lock()
_NEXT: dict[str, float] = {}


def own_turn(address: str, per_second: float) -> None:
    """Keeps the pace within this process alone; several processes need a `Turn` that they share."""
    with _LOCK:
        turn = max(_NEXT.get(address, 0.0), time.monotonic())
        _NEXT[address] = turn + 1 / per_second
    time.sleep(max(turn - time.monotonic(), 0.0))

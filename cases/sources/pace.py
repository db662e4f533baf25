"""One pace for all workers: a source that may be asked so often a second is not asked oftener by several of us."""

import time
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from redis import Redis, RedisError

from connectors.web.calling.pace import own_turn

PATIENCE = 3  # seconds


@lru_cache(maxsize=1)
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)


def turn(address: str, per_second: float) -> None:
    """Wait until it is this worker's turn at the address. While Redis is away each process keeps the pace alone."""
    name, apart = f"pace:{sha256(address.encode()).hexdigest()[:32]}", max(int(1000 / per_second), 1)
    try:
        # A key that lasts as long as two requests have to be apart: whoever sets it has the turn.
        while not _redis().set(name, 1, nx=True, px=apart):
            wait = _redis().pttl(name)
            time.sleep(max(int(wait), 1) / 1000)
    except RedisError:
        own_turn(address, per_second)

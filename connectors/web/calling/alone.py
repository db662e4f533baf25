"""One exchange with a server that is no source, within bounds of time and size. Nothing of it is logged."""

import logging
import os
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache

import httpx

from connectors.contract.base import SourceError
from connectors.web.calling.trust import trusted
from connectors.web.calling.unpacking import unpacked

STEP = 5.0  # seconds at most for each step: connecting, sending, every piece that comes back

# These log every address, and an address can hold what is secret.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class NotReached(Exception):
    """No answer within the bounds. ``why``: a word for the log, of nothing that was sent or received."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def exchange(
    method: str,
    url: str,
    *,
    body: str | bytes | Iterable[bytes] | None,
    headers: Mapping[str, str],
    seconds: float,
    most: int,
    client: httpx.Client | None = None,
) -> tuple[int, bytes]:
    """Status and content, read to the end. ``seconds`` in all, ``most`` bytes. No redirect is followed.

    ``client``: another than the one for everybody, such as that of `guarded`.
    """
    sent = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
    client, end = client or _client(os.getpid()), time.monotonic() + seconds
    limits = httpx.Timeout(min(STEP, seconds))
    try:
        with client.stream(method, url, content=body, headers=sent, timeout=limits) as response:
            return response.status_code, _read(response, end, most)
    except (httpx.HTTPError, httpx.InvalidURL, SourceError, ValueError) as error:
        raise NotReached(type(error).__name__) from None
    finally:
        # A cookie would tie one person's matter to the next one's.
        client.cookies.clear()


def _read(response: httpx.Response, end: float, most: int) -> bytes:
    content = bytearray()
    for part in unpacked(response.iter_raw(), response.headers.get("content-encoding", ""), most):
        content += part
        if time.monotonic() > end:
            raise NotReached("too-slow")
    return bytes(content)


@lru_cache(maxsize=1)
def _client(_pid: int) -> httpx.Client:
    """One a process: no proxy from the environment."""
    return httpx.Client(verify=trusted(), follow_redirects=False, trust_env=False)

"""One HTTP exchange with a broker, within bounds of time and size. Nothing of it is logged."""

import json
import os
import ssl
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import certifi
import httpx

from cases.identity.eid.outcomes import NotShown, Outcome
from cases.registers.faces import is_safe
from connectors.contract.base import SourceError
from connectors.web.calling.unpacking import unpacked

SECONDS = 5.0  # for each step: connecting, sending, every piece that comes back
IN_ALL = 10.0
MOST = 256 * 1024  # bytes; a set of keys has a few thousand


def fetch(url: str, *, body: str | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON object at the address; posts the form `body` if there is one. Raises NotShown.

    A refusal (4xx) is `untrusted`: the broker answers, and does not take what it was sent.
    """
    if not is_safe(url):
        raise NotShown(Outcome.AWAY, "address-not-encrypted")
    status, content = _exchange(url, body, headers or {})
    if body is not None and 400 <= status < 500:
        raise NotShown(Outcome.UNTRUSTED, f"refused-{status}")
    if status != 200:
        raise NotShown(Outcome.AWAY, f"status-{status}")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise NotShown(Outcome.AWAY, "not-json") from None
    if not isinstance(found, dict):
        raise NotShown(Outcome.AWAY, "not-an-object")
    return found


def _exchange(url: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
    sent = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
    client, end = _client(os.getpid()), time.monotonic() + IN_ALL
    try:
        with client.stream("GET" if body is None else "POST", url, content=body, headers=sent) as response:
            return response.status_code, _read(response, end)
    except (httpx.HTTPError, httpx.InvalidURL, SourceError) as error:
        raise NotShown(Outcome.AWAY, type(error).__name__) from None
    finally:
        # A cookie would tie one person's sign-in to the next one's.
        client.cookies.clear()


def _read(response: httpx.Response, end: float) -> bytes:
    content = bytearray()
    for part in unpacked(response.iter_raw(), response.headers.get("content-encoding", ""), MOST):
        content += part
        if time.monotonic() > end:
            raise NotShown(Outcome.AWAY, "too-slow")
    return bytes(content)


@lru_cache(maxsize=1)
def _client(_pid: int) -> httpx.Client:
    """One a process: no proxy from the environment, and no redirect is followed."""
    trust = ssl.create_default_context()
    trust.load_verify_locations(certifi.where())
    return httpx.Client(verify=trust, timeout=SECONDS, follow_redirects=False, trust_env=False)

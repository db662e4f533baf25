"""One HTTP exchange with a source, within its bounds: hosts, time, size, pace, and a few more tries."""

import logging
import os
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import urlsplit

import certifi
import httpx
import stamina
from pydantic import JsonValue

from connectors.base import SourceDown, SourceGarbage, SourceMisconfigured
from connectors.config import HttpSource

# These log every address, and an address can hold an identifier.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_PATIENCE = 30.0  # seconds we wait on a source's word before handing the wait to the caller
_REDIRECTS = 3
_PASSING = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Request:
    """What to send; `url` is complete and already checked to be within the source's hosts."""

    method: str
    url: str = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: JsonValue = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Answer:
    """What came back, of any status that is not worth another try."""

    status: int
    body: bytes = field(repr=False)
    headers: httpx.Headers = field(repr=False)
    url: str = field(repr=False)


def exchange(source: HttpSource, base_url: str, request: Request) -> Answer:
    """Sends, and sends again what a passing fault spoiled. Raises SourceDown, SourceGarbage, SourceMisconfigured."""
    for attempt in stamina.retry_context(
        on=_worth_waiting, attempts=source.attempts, timeout=source.timeout * source.attempts + _PATIENCE,
        wait_initial=0.2, wait_max=5.0,
    ):  # fmt: skip
        with attempt:
            return _following(source, base_url, request)
    raise AssertionError("the last attempt returns or raises")


def allowed(source: HttpSource, base_url: str, url: str) -> bool:
    """Whether the address lies on the source's own host or one it lists, and is no less encrypted."""
    base, other = urlsplit(base_url), urlsplit(url)
    if other.scheme not in ("https", base.scheme) or other.username or other.password:
        return False
    return other.netloc == base.netloc or other.netloc in source.hosts or other.hostname in source.hosts


def _worth_waiting(error: Exception) -> bool | float:
    if not isinstance(error, SourceDown):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= _PATIENCE else False


def _following(source: HttpSource, base_url: str, request: Request) -> Answer:
    """Follows redirects, but to no other host: they would carry the identifier and the token away."""
    url = request.url
    for _ in range(_REDIRECTS):
        if not allowed(source, base_url, url):
            raise SourceGarbage("foreign-host", "the source points to a host that is not its own")
        answer = _once(source, base_url, request, url)
        if answer.status not in (301, 302, 303, 307, 308):
            return answer
        if request.method != "GET" and answer.status not in (307, 308):
            raise SourceGarbage("redirect", str(answer.status))
        url = str(httpx.URL(url).join(answer.headers.get("location", "")))
    raise SourceGarbage("redirect", "too many")


def _once(source: HttpSource, base_url: str, request: Request, url: str) -> Answer:
    _keep_pace(source, base_url)
    client = _client(base_url, os.getpid())
    params = dict(request.params) if url == request.url and request.params else None
    try:
        with client.stream(
            request.method, url, params=params, json=request.json, data=request.form,
            headers=dict(request.headers), timeout=source.timeout,
        ) as response:  # fmt: skip
            body = _read(source, response)
    except httpx.TimeoutException:
        raise SourceDown("timeout") from None
    except (httpx.DecodingError, httpx.RemoteProtocolError) as error:
        raise SourceDown("dropped", type(error).__name__) from None
    except httpx.TransportError as error:
        raise SourceDown("unreachable", type(error).__name__) from None
    except (httpx.InvalidURL, ValueError):
        raise SourceMisconfigured("url") from None
    finally:
        client.cookies.clear()
    if response.status_code in _PASSING:
        raise _down(response)
    return Answer(response.status_code, body, response.headers, str(response.url))


def _read(source: HttpSource, response: httpx.Response) -> bytes:
    """The body, unless it is too long or trickles in too slowly."""
    body, end = bytearray(), time.monotonic() + source.timeout
    for part in response.iter_bytes():
        body += part
        if len(body) > source.max_bytes:
            raise SourceGarbage("too-big", f"an answer over {source.max_bytes} bytes")
        if time.monotonic() > end:
            raise SourceDown("timeout")
    return bytes(body)


def _down(response: httpx.Response) -> SourceDown:
    code = "busy" if response.status_code == 429 else "failing"
    return SourceDown(code, str(response.status_code), _seconds(response.headers.get("retry-after")))


def _seconds(written: str | None) -> float | None:
    """Retry-After is a number of seconds or a date (RFC 9110, 10.2.3)."""
    if not written:
        return None
    if written.strip().isdigit():
        return float(written)
    try:
        wait = (parsedate_to_datetime(written) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return max(wait, 0.0)


@lru_cache(maxsize=64)
def _client(_base_url: str, _pid: int) -> httpx.Client:
    """One client a process and source: no proxy from the environment, no redirect of its own accord."""
    # The machine's own certificate authorities count as well: internal systems are seldom signed by public ones.
    trust = ssl.create_default_context()
    trust.load_verify_locations(certifi.where())
    limits = httpx.Limits(max_connections=8)
    return httpx.Client(verify=trust, follow_redirects=False, trust_env=False, limits=limits)


_PACE = threading.Lock()
_NEXT: dict[str, float] = {}


def _keep_pace(source: HttpSource, base_url: str) -> None:
    if source.per_second is None:
        return
    with _PACE:
        turn = max(_NEXT.get(base_url, 0.0), time.monotonic())
        _NEXT[base_url] = turn + 1 / source.per_second
    time.sleep(max(turn - time.monotonic(), 0.0))

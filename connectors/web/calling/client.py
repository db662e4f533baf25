"""One HTTP exchange with a source, within its bounds: hosts, time, size, pace, and a few more tries."""

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

import httpx
import stamina
from pydantic import JsonValue

from connectors.contract.addresses import Network
from connectors.contract.base import SourceDown, SourceGarbage, SourceMisconfigured
from connectors.contract.causes import cause
from connectors.description.apisource import HttpSource
from connectors.web.calling.guarded import guarded
from connectors.web.calling.pace import Turn
from connectors.web.calling.unpacking import unpacked

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
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)  # parameters that sign in


@dataclass(frozen=True)
class Answer:
    """What came back, of any status that is not worth another try."""

    status: int
    body: bytes = field(repr=False)
    headers: httpx.Headers = field(repr=False)
    url: str = field(repr=False)


def exchange(source: HttpSource, base_url: str, request: Request, turn: Turn) -> Answer:
    """Sends, and sends again what a passing fault spoiled. Raises SourceDown, SourceGarbage, SourceMisconfigured."""
    for attempt in stamina.retry_context(
        on=_worth_waiting, attempts=source.attempts, timeout=source.timeout * source.attempts + _PATIENCE,
        wait_initial=0.2, wait_max=5.0,
    ):  # fmt: skip
        with attempt:
            return _following(source, base_url, request, turn)
    raise AssertionError("the last attempt returns or raises")


def allowed(source: HttpSource, base_url: str, url: str) -> bool:
    """Whether the address lies on the source's own host or one it lists, and is no less encrypted."""
    try:
        base, other = httpx.URL(base_url), httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return False
    if other.scheme not in ("https", base.scheme) or other.userinfo != base.userinfo:
        return False
    host, port = other.host.lower(), _port(other)
    own = (host, port) == (base.host.lower(), _port(base))
    return own or not {host, f"{host}:{port}"}.isdisjoint(name.lower() for name in source.hosts)


def _port(url: httpx.URL) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)


def joined(url: str, link: str) -> str:
    """Where a link on the answer from `url` leads. Raises SourceGarbage."""
    try:
        return str(httpx.URL(url).join(link))
    except (httpx.InvalidURL, ValueError):
        raise SourceGarbage("redirect", "a link that is no address") from None


def _worth_waiting(error: Exception) -> bool | float:
    if not isinstance(error, SourceDown):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= _PATIENCE else False


def _following(source: HttpSource, base_url: str, request: Request, turn: Turn) -> Answer:
    """Follows redirects, but to no other host: they would carry the identifier and the token away."""
    url = request.url
    for _ in range(_REDIRECTS):
        if not allowed(source, base_url, url):
            raise SourceGarbage("foreign-host", "the source points to a host that is not its own")
        if source.per_second is not None:
            turn(base_url, source.per_second)
        answer = _once(source, base_url, request, url)
        if answer.status not in (301, 302, 303, 307, 308):
            return answer
        # The other redirects make a GET of it, which would ask for something else.
        if request.method != "GET" and answer.status not in (307, 308):
            raise SourceGarbage("redirect", str(answer.status))
        url = joined(url, answer.headers.get("location", ""))
    raise SourceGarbage("redirect", "too many")


def _once(source: HttpSource, base_url: str, request: Request, url: str) -> Answer:
    client = _client(base_url, source.networks, os.getpid())
    # Where a redirect leads stands whole in its address; only what signs in goes along.
    params = {**(request.params if url == request.url else {}), **request.secret}
    try:
        address = httpx.URL(url).copy_merge_params(params) if params else url
        with client.stream(
            request.method, address, json=request.json, data=request.form,
            # Nothing else is unpacked here within its limit.
            headers={"Accept-Encoding": "gzip", **request.headers}, timeout=source.timeout,
        ) as response:  # fmt: skip
            body = _read(source, response)
    except httpx.TimeoutException:
        raise SourceDown("timeout") from None
    except httpx.UnsupportedProtocol:
        raise SourceMisconfigured("url", "an address begins with http:// or https://") from None
    except (httpx.DecodingError, httpx.RemoteProtocolError) as error:
        raise SourceDown("dropped", type(error).__name__) from None
    except httpx.TransportError as error:
        raise SourceDown("unreachable", cause(error) or type(error).__name__) from None
    except (httpx.InvalidURL, ValueError):
        raise SourceMisconfigured("url", "not an address") from None
    finally:
        # A cookie would tie the next question to this one, and that may be about somebody else.
        client.cookies.clear()
    if response.status_code in _PASSING:
        raise _down(response)
    return Answer(response.status_code, body, response.headers, str(response.url))


def _read(source: HttpSource, response: httpx.Response) -> bytes:
    """The body, unless it is too long or trickles in too slowly."""
    body, end = bytearray(), time.monotonic() + source.timeout
    for part in unpacked(response.iter_raw(), response.headers.get("content-encoding", ""), source.max_bytes):
        body += part
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
    try:
        if written.strip().isdigit():
            return float(written)
        wait = (parsedate_to_datetime(written) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(wait, 0.0)


@lru_cache(maxsize=64)
def _client(_base_url: str, networks: tuple[Network, ...], _pid: int) -> httpx.Client:
    """One client a process and source."""
    return guarded(networks)

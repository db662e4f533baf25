"""One HTTP exchange with a broker, within bounds of time and size. Nothing of it is logged."""

import json
from collections.abc import Mapping
from typing import Any

from cases.identity.eid.outcomes import NotShown, Outcome
from cases.registers.faces import is_safe
from connectors.web.calling.alone import NotReached, exchange

IN_ALL = 10.0  # seconds
MOST = 256 * 1024  # bytes; a set of keys has a few thousand


def fetch(url: str, *, body: str | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON object at the address; posts the form `body` if there is one. Raises NotShown.

    A refusal (4xx) is `untrusted`: the broker answers, and does not take what it was sent.
    """
    if not is_safe(url):
        raise NotShown(Outcome.AWAY, "address-not-encrypted")
    method = "GET" if body is None else "POST"
    try:
        status, content = exchange(method, url, body=body, headers=headers or {}, seconds=IN_ALL, most=MOST)
    except NotReached as error:
        raise NotShown(Outcome.AWAY, error.why) from None
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

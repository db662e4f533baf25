"""A message is handed to the operator's gateway, or is not: refused for good, or the gateway is away for now."""

import base64
import json
import os
from collections.abc import Mapping
from urllib.parse import urlencode

from pydantic import JsonValue

from cases.registers.faces import is_safe
from cases.registers.gateway import Accepted, Gateway
from connectors.contract.base import SourceMisconfigured
from connectors.description.secret import resolve
from connectors.web.calling.alone import NotReached, exchange
from connectors.web.calling.answers import at
from connectors.web.calling.templates import filled

MOST = 64 * 1024  # bytes of an answer
# Not now: the same message may be taken in a while.
PASSING = frozenset({401, 403, 404, 407, 408, 425, 429})


class NotTaken(Exception):
    """The message is not on its way. ``why``: a word for the record, of nothing sent. ``passing``: try again."""

    def __init__(self, why: str, *, passing: bool) -> None:
        super().__init__(why)
        self.why, self.passing = why, passing


def hand_over(gateway: Gateway, *, number: str, text: str, key: str) -> None:
    """Returns where the gateway has said that it takes the message. Raises NotTaken.

    ``key`` is the same at each try, for gateways that send what they know already no second time.
    """
    values = {"number": number, "digits": number.lstrip("+"), "text": text, "id": key}
    fields = filled(dict(gateway.fields), values)
    assert isinstance(fields, dict)
    try:
        url, headers = resolve(gateway.url, os.environ), _headers(gateway)
        if not is_safe(url):
            raise NotTaken("address-not-encrypted", passing=True)
        status, content = exchange(
            gateway.method,
            url,
            body=_body(gateway, fields),
            headers=headers,
            seconds=gateway.seconds,
            most=MOST,
        )
    except SourceMisconfigured:
        raise NotTaken("secret-missing", passing=True) from None
    except NotReached as error:
        raise NotTaken(error.why, passing=True) from None
    _judge(gateway.accepted, status, content)


def _judge(accepted: Accepted, status: int, content: bytes) -> None:
    if status not in accepted.status:
        # A wrong password is the operator's to mend, not the number's fault.
        raise NotTaken(f"status-{status}", passing=status in PASSING or not 400 <= status < 500)
    if accepted.at is None:
        return
    try:
        told = at(json.loads(content), accepted.at)
    except (ValueError, RecursionError):
        raise NotTaken("not-json", passing=True) from None
    if told not in accepted.values:
        raise NotTaken("not-accepted", passing=False)


def _body(gateway: Gateway, fields: Mapping[str, JsonValue]) -> str:
    return urlencode(fields) if gateway.sent_as == "form" else json.dumps(fields)


def _headers(gateway: Gateway) -> dict[str, str]:
    kind = "x-www-form-urlencoded" if gateway.sent_as == "form" else "json"
    headers = {name: resolve(value, os.environ) for name, value in gateway.headers.items()}
    if gateway.token:
        headers["Authorization"] = f"Bearer {resolve(gateway.token, os.environ)}"
    if gateway.user and gateway.password:
        pair = f"{resolve(gateway.user, os.environ)}:{resolve(gateway.password, os.environ)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return {"Content-Type": f"application/{kind}", **headers}

"""What an API's answer means: rows, nothing, a legal refusal, or a fault."""

import json
from collections.abc import Callable
from typing import Any, NoReturn

import orjson

from connectors.base import SourceGarbage, SourceMisconfigured, SourceRefused
from connectors.config import HttpSource
from connectors.web.client import Answer

_WORDS = ("message", "detail", "title", "reason", "description", "code")
_LARGEST = 2**63


def content(answer: Answer) -> Any:
    """The parsed body, numbers kept exactly as they were written. Raises SourceGarbage."""
    try:
        return json.loads(
            answer.body, parse_float=orjson.Fragment, parse_int=_integer, parse_constant=_nonsense
        )
    except (ValueError, RecursionError):
        raise SourceGarbage("not-json", f"in an answer of {len(answer.body)} bytes") from None


def plain(answer: Answer) -> Any:
    """The parsed body, for looking at rather than handing on. None where it is not JSON."""
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None


def at(body: Any, path: str) -> Any:
    """What lies at a dotted path; None where there is nothing."""
    for name in filter(None, path.split(".")):
        body = body.get(name) if isinstance(body, dict) else None
    return body


def refuse(source: HttpSource, answer: Answer) -> NoReturn:
    """Raises what a status that is neither success nor "nothing held" means."""
    if answer.status == source.refusal and (reasons := _reasons(plain(answer))):
        raise SourceRefused("refused", str(answer.status), reasons)
    if answer.status in (401, 403, 407):
        raise SourceMisconfigured("denied", str(answer.status))
    if answer.status >= 500:
        raise SourceGarbage("failing", str(answer.status))
    raise SourceMisconfigured("rejected", str(answer.status))


def _reasons(body: Any) -> tuple[str, ...]:
    """The texts in a list of errors, however it is wrapped."""
    if isinstance(body, dict):
        listed: Callable[[str], Any] = body.get
        body = next((listed(name) for name in ("errors", "reasons", "error") if listed(name)), None)
    entries = body if isinstance(body, list) else [body] if body else []
    words = (_words(entry) for entry in entries[:20])
    return tuple(text[:500] for text in words if text)


def _words(entry: Any) -> str:
    if isinstance(entry, dict):
        return next((str(entry[name]) for name in _WORDS if entry.get(name)), "")
    return entry if isinstance(entry, str) else ""


def _integer(digits: str) -> Any:
    if len(digits) < 19 or -_LARGEST <= int(digits) < _LARGEST:
        return int(digits)
    return orjson.Fragment(digits)


def _nonsense(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")

"""What an API's answer means: rows, nothing, a legal refusal, or a fault."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import orjson

from connectors.contract.base import SourceGarbage, SourceMisconfigured, SourceRefused
from connectors.description.apisource import HttpSource
from connectors.web.calling.client import Answer

_WORDS = ("message", "detail", "title", "reason", "description", "code")
_LARGEST = 2**63
_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.IGNORECASE)


def content(answer: Answer) -> Any:
    """The parsed body, numbers kept exactly as they were written; a value a line (NDJSON) is a list.

    Raises SourceGarbage.
    """
    try:
        text = _text(answer)
        try:
            return _loads(text)
        except json.JSONDecodeError as error:
            # So Python's parser speaks of a second value after the first.
            if error.msg != "Extra data":
                raise
            return [_loads(line) for line in text.split("\n") if line.strip()]
    except (ValueError, RecursionError):
        raise SourceGarbage("not-json", f"in an answer of {len(answer.body)} bytes") from None


def at(body: Any, path: str) -> Any:
    """What lies at a dotted path, of which a name may itself hold dots, or count from 0; None where nothing lies."""
    return next(_reached(body, path), None)


def is_there(body: Any, path: str) -> bool:
    """Whether anything lies at a dotted path, if only a null."""
    return any(True for _ in _reached(body, path))


def _reached(body: Any, path: str) -> Iterator[Any]:
    if not path:
        yield body
    elif isinstance(body, dict):
        if path in body:
            yield body[path]
        name, dot, rest = path.partition(".")
        if dot and name in body:
            yield from _reached(body[name], rest)
    elif isinstance(body, list):
        name, _, rest = path.partition(".")
        if name.isdecimal() and int(name) < len(body):
            yield from _reached(body[int(name)], rest)


def refuse(source: HttpSource, answer: Answer) -> NoReturn:
    """Raises what a status that is neither success nor "nothing held" means."""
    if answer.status == source.refusal and (reasons := _reasons(source, answer)):
        raise SourceRefused("refused", str(answer.status), reasons)
    # A refusal without reasons is a fault: nobody is to get less because of a gateway or a wrong password.
    if answer.status in (401, 403, 407):
        raise SourceMisconfigured("denied", str(answer.status))
    if answer.status >= 500:
        raise SourceGarbage("failing", str(answer.status))
    raise SourceMisconfigured("rejected", str(answer.status))


def _reasons(source: HttpSource, answer: Answer) -> tuple[str, ...]:
    """The texts in the list of errors. One error alone, as gateways write it, is a fault unless `reasons` names it."""
    try:
        body = content(answer)
    except SourceGarbage:
        return ()
    if source.reasons is not None:
        found = at(body, source.reasons)
        listed = found if isinstance(found, list) else [found]
    else:
        places = [body, *(at(body, name) for name in ("errors", "reasons", "error"))]
        listed = next((found for found in places if isinstance(found, list)), [])
    words = (_words(entry) for entry in listed[:20])
    return tuple(text[:500] for text in words if text)


def _words(entry: Any) -> str:
    if isinstance(entry, dict):
        return next((_words(entry[name]) for name in _WORDS if _words(entry.get(name))), "")
    return str(entry).strip() if isinstance(entry, str | int) and not isinstance(entry, bool) else ""


def _text(answer: Answer) -> str:
    """By the mark at its beginning, or the charset that was named, or as JSON is written."""
    named = _CHARSET.search(answer.headers.get("content-type", ""))
    found: str = json.detect_encoding(answer.body)
    if named and found == "utf-8":
        try:
            found = codecs.lookup(named[1]).name
        except LookupError:
            raise SourceGarbage("charset", f"{named[1][:40]} is not known") from None
    return answer.body.decode(found)


def _loads(text: str) -> Any:
    return json.loads(
        text,
        object_pairs_hook=_once,
        parse_float=orjson.Fragment,
        parse_int=_integer,
        parse_constant=_nonsense,
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise SourceGarbage("key-twice", "a name stands twice in one object")
    return found


def _integer(digits: str) -> Any:
    if len(digits) < 19 or -_LARGEST <= int(digits) < _LARGEST:
        return int(digits)
    return orjson.Fragment(digits)


def _nonsense(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")

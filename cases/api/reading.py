"""What the API takes: JSON, read strictly, so that nothing is understood in two ways."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

import orjson
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

LARGEST = 100_000  # bytes; the longest request the fields allow is well below


class TooLarge(APIException):
    status_code = 413
    default_code = "too-large"

    def __init__(self) -> None:
        super().__init__(_("The body is too large: at most %(bytes)s bytes.") % {"bytes": LARGEST})


class StrictJSON(BaseParser):
    """One JSON value in UTF-8. Refused: other encodings, NaN, half characters, a name twice, depth without end."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - the framework's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        # One byte more than is allowed tells a body that is too large, without reading all of it.
        body = stream.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise TooLarge
        try:
            orjson.loads(body)  # strict, but blind to a name that comes twice
            return json.loads(body, object_pairs_hook=_each_once)
        except (ValueError, RecursionError) as error:
            # Without its cause, which holds the whole body, and with it personal data.
            raise ParseError(_("The body is not JSON: %(reason)s.") % {"reason": _reason(error)}) from None


class _TwiceError(ValueError):
    """A name stands twice in one object."""


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise _TwiceError
    return read


def _reason(error: Exception) -> str:
    """Where it stopped; never what stood there."""
    if isinstance(error, _TwiceError):
        return _("a name stands twice in one object")
    if isinstance(error, json.JSONDecodeError):
        return _("it stops making sense at line %(line)s, character %(column)s") % {
            "line": error.lineno,
            "column": error.colno,
        }
    return _("it is nested too deeply")


class AlwaysJSON(BaseContentNegotiation):
    """Answers in the view's first format, whatever the Accept header asks."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002 - the framework's signature
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type or ""

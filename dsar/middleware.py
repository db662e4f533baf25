"""What stands before every page."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase

from cases.api import problems
from cases.web.bodies import most_of


def refuse_nul(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """400 for a NUL in path, query or cookies: nobody types one, and PostgreSQL raises on it."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        if any("\0" in text for text in _texts(request)):
            raise BadRequest
        return get_response(request)

    return respond


def _texts(request: HttpRequest) -> list[str]:
    queries = [text for key, values in request.GET.lists() for text in (key, *values)]
    return [request.path, *queries, *request.COOKIES.values()]


def refuse_plain_calls(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """403 for a call of the API over http: led on to https, its system would go on sending its token in plain."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        if settings.SECURE_SSL_REDIRECT and request.path.startswith("/api/") and not request.is_secure():
            return problems.in_plain(request)
        return get_response(request)

    return respond


def embedded_by_nobody(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """No other site shows a picture, a script or a page of ours as part of its own."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        answer = get_response(request)
        answer.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return answer

    return respond


class Measured:
    """413 for a body larger than its address takes, 411 for one without a length; nothing of either is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: object, *_: Any) -> HttpResponseBase | None:
        # A body in chunks would be taken for an empty one: WSGI has no end to it but its length.
        if "HTTP_TRANSFER_ENCODING" in request.META:
            return problems.no_length(request)
        if int(request.META.get("CONTENT_LENGTH") or 0) > (most := most_of(view)):
            return problems.too_large(request, most)
        return None

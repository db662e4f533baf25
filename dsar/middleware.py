"""What stands before every page."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase


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

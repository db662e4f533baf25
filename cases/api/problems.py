"""Every error of the API in one shape: {code, message, fields?}, from a misspelt field to a crash."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

CODES: dict[type[Exception], str] = {
    exceptions.ParseError: "malformed",
    exceptions.NotAuthenticated: "token-missing",
    exceptions.AuthenticationFailed: "token-invalid",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not-found",
    exceptions.MethodNotAllowed: "method",
    exceptions.UnsupportedMediaType: "content-type",
    exceptions.Throttled: "too-many-calls",
}


class Problem(exceptions.APIException):
    """An error with a code of its own, and for a request one or more sentences by field."""

    def __init__(
        self, code: str, message: str, *, status: int = 400, fields: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message, code)
        self.status_code = status
        self.fields = dict(by_field(fields or {}))


def by_field(errors: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """A serializer's nested errors as pairs of a dotted path and its sentences: ``rights.0``."""
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            # The framework's name for faults of the whole; nobody sent a field of that name.
            below = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            yield from by_field(inner, below)
    else:
        yield path or "body", [str(text) for text in errors]


def answer(error: Exception, context: Mapping[str, Any]) -> Response | None:  # noqa: ARG001 - the framework's
    """Django REST framework's exception handler. None hands what is unknown on to `server_error`."""
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("There is nothing at this address."))
    elif isinstance(error, PermissionDenied):
        # Ours says the name of a permission, which is nothing to a caller.
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    body: dict[str, Any] = {"code": _code(error), "message": str(error.detail)}
    if isinstance(error, Problem) and error.fields:
        body["fields"] = error.fields
    return Response(body, status=error.status_code, headers=dict(_headers(error)))


def _code(error: exceptions.APIException) -> str:
    return next(
        (code for kind, code in CODES.items() if isinstance(error, kind)),
        getattr(error.detail, "code", "error"),
    )


def _headers(error: exceptions.APIException) -> Iterator[tuple[str, str]]:
    if header := getattr(error, "auth_header", None):
        yield "WWW-Authenticate", header
    if wait := getattr(error, "wait", None):
        # Rounded up: a client that waits exactly this long must not come a fraction too early.
        yield "Retry-After", str(int(wait) + 1)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler400: the API's shape under /api/, the page everywhere else."""
    # Django answers these before any view of the API is reached.
    if not request.path.startswith("/api/"):
        return defaults.bad_request(request, exception)
    return JsonResponse({"code": "malformed", "message": _("The call can't be read.")}, status=400)


def too_large(request: HttpRequest, most_bytes: int) -> HttpResponseBase:
    """413, in the same way."""
    message = _("The body is too large: at most %(bytes)s bytes.") % {"bytes": most_bytes}
    return _refused(request, 413, "too-large", message)


def no_length(request: HttpRequest) -> HttpResponseBase:
    """411, in the same way."""
    message = _("Send the body in one piece, with a Content-Length header.")
    return _refused(request, 411, "length", message)


def in_plain(request: HttpRequest) -> HttpResponseBase:
    """403 for a call that anybody on its way could read."""
    message = _(
        "Call https:// instead. What was sent could be read on its way: revoke the token and make another."
    )
    return _refused(request, 403, "in-plain", message)


def _refused(request: HttpRequest, status: int, code: str, message: str) -> HttpResponseBase:
    if not request.path.startswith("/api/"):
        return render(request, "400.html", status=status)
    return JsonResponse({"code": code, "message": message}, status=status)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's handler500, in the same way."""
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    message = _("Something went wrong on our side. Nothing was changed; try again later.")
    return JsonResponse({"code": "server-error", "message": message}, status=500)

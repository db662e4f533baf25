"""What anybody checks a package with, at addresses that stay: the keys of all operators, and the program."""

from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cases.casework.signing import keys
from cases.web.downloads import to_save
from exports.package import verify


@require_safe
# Not for long: a key that was withdrawn has to be known soon.
@cache_control(public=True, max_age=300)
def package_keys(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Every key that signed, with its days, and whether it was withdrawn."""
    response = JsonResponse({"format": keys.FORMAT, "keys": list(keys.published())})
    # Public by nature: also pages of others may read it.
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
@cache_control(public=True, max_age=3600)
def verifier(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The program, as it stands here."""
    return HttpResponse(
        Path(verify.__file__).read_bytes(),
        content_type="text/x-python; charset=utf-8",
        headers=to_save("verify.py"),
    )

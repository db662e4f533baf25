"""What anybody checks a package with, at addresses that stay: the keys of all operators, the program, and the
shapes of its files."""

from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cases.casework.signing import keys
from cases.web.downloads import to_save
from exports.package import verify

SCHEMAS = Path(verify.__file__).parent / "schemas"


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


@require_safe
@cache_control(public=True, max_age=3600)
def schema(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001
    """The shape of one of a package's JSON files, a file a version: what was published once stays."""
    published = {path.name: path for path in SCHEMAS.glob("*.schema.json")}
    if (path := published.get(f"{name}.schema.json")) is None:
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type="application/json")
    response["Access-Control-Allow-Origin"] = "*"
    return response

"""What machines ask: does the process live, can it reach what it needs, what has it counted?"""

import hmac

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django_prometheus.exports import ExportToDjangoView

from cases.casework import standstill
from cases.health import checks, figures


# Asks nobody else: while Redis is away the desk takes requests, and must not be taken out of service.
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """Status 200 when all that the work needs is there, else 503; the body says what is not.

    A desk that is held back after a restore is ready to be read and asked: it says so, and no more.
    """
    found = {each.name: each.is_well for each in checks.needs()}
    said = found | ({"held_back": True} if found["database"] and standstill.is_on() else {})
    return JsonResponse(said, status=200 if all(found.values()) else 503)


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus's counters, for whoever bears DSAR_METRICS_TOKEN. For anybody else there is no such page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given, settings.METRICS_TOKEN.encode()):
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    response.content += _figures()
    return response


def _figures() -> bytes:
    """Nothing where the database is away: the web server's own counters are told all the same."""
    try:
        return figures.text()
    except DatabaseError:
        return b""

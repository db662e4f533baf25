"""What machines ask: does the process live, can it reach what it needs, what has it counted?"""

import hmac

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django_prometheus.exports import ExportToDjangoView
from redis import Redis, RedisError

from cases.casework import standstill
from cases.casework.record import anchoring

PATIENCE = 3  # seconds


# Asks nobody else: while Redis is away the desk takes requests, and must not be taken out of service.
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """Status 200 when PostgreSQL and Redis answer, else 503; the body says which does not.

    A desk that is held back after a restore is ready to be read and asked: it says so, and no more.
    """
    checks = {"database": _database(), "redis": _redis()}
    said = checks | ({"held_back": True} if checks["database"] and standstill.is_on() else {})
    return JsonResponse(said, status=200 if all(checks.values()) else 503)


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus's counters, for whoever bears DSAR_METRICS_TOKEN. For anybody else there is no such page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given, settings.METRICS_TOKEN.encode()):
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    response.content += _anchors()
    return response


def _anchors() -> bytes:
    """How old the oldest of the last anchors is. Read when asked: the worker that writes them may be dead."""
    try:
        since = anchoring.age()
    except DatabaseError:
        return b""
    name = "dsar_anchor_age_seconds"
    return f"# TYPE {name} gauge\n{name} {since.total_seconds():.0f}\n".encode() if since is not None else b""


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis() -> bool:
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE
        ) as redis:
            return bool(redis.ping())
    except (RedisError, OSError):
        return False

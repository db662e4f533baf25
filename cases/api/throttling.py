from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView


class PerCaller(UserRateThrottle):
    """So many calls a minute for one token's user; counted in Redis, and not counted while Redis is away."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        try:
            return bool(super().allow_request(request, view))
        except (RedisError, OSError):
            return True

"""What every page knows: the operator it is about, and whether this is a demonstration."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from cases.operators import register_of


def desk(request: HttpRequest) -> dict[str, Any]:
    """`operator` and its `languages` on public pages; `proof_enough` if a mailed code proves all."""
    context: dict[str, Any] = {"proof_enough": settings.PROOF_ENOUGH}
    if operator := getattr(request, "operator", None):
        context |= {"operator": operator, "languages": register_of(operator).languages}
    return context

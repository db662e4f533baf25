"""What every page knows: the operator it is about, and whether the desk is held back."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest

from cases.casework import standstill
from cases.casework.operators import register_of
from cases.models import Standstill


def _held_back() -> Standstill | None:
    """None as well where nobody can say: a page that tells of an error must not need the database to be there."""
    try:
        return standstill.current()
    except DatabaseError:
        return None


def in_order(codes: Sequence[str]) -> list[str]:
    """In the same order on every page, whichever an operator speaks first."""
    return [code for code, _name in settings.LANGUAGES if code in codes]


def desk(request: HttpRequest) -> dict[str, Any]:
    """`operator`, its `languages` and the `controller` on public pages; `held_back` after a restore, looked up by the
    pages that show it; `sso` what the single sign-on is called, where there is one;
    `error_frame` at the desk, so that an error page there leads back to the desk.
    """
    context: dict[str, Any] = {"held_back": _held_back, "sso": settings.SSO_ISSUER and settings.SSO_NAME}
    user = getattr(request, "user", None)  # none yet where a middleware refuses the call
    if request.path.startswith("/desk/") and user and user.is_authenticated:
        context["error_frame"] = "desk/base.html"
    if operator := getattr(request, "operator", None):
        register = register_of(operator)
        context |= {
            "operator": operator,
            "languages": in_order(register.languages),
            "controller": register.controller,
        }
    return context

"""The door of every public page: which operator, in which language."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import translation
from django.views.decorators.cache import never_cache

from cases.casework.operators import get_operator, register_of
from cases.models import Operator

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


def choose_language(request: HttpRequest, offered: Sequence[str]) -> str:
    """The one chosen earlier, else the browser's if it is offered, else the operator's first."""
    # Where the browser asks for none of ours Django gives its default, which nobody asked for.
    wanted = translation.get_language_from_request(request)
    asked_for = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) == wanted
    accepted = wanted in request.headers.get("Accept-Language", "").lower()
    return wanted if wanted in offered and (asked_for or accepted) else offered[0]


def speak(request: HttpRequest, offered: Sequence[str]) -> HttpResponse | None:
    """Activate the language. ``?lang=`` is remembered and leads back to the same page, without the query."""
    asked = request.GET.get("lang")
    if asked is None:
        request.LANGUAGE_CODE = choose_language(request, offered)
        translation.activate(request.LANGUAGE_CODE)
        return None
    return _remembered(HttpResponseRedirect(request.path), asked, offered)


def _remembered(response: HttpResponse, asked: str, offered: Sequence[str]) -> HttpResponse:
    if asked in offered:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, asked, httponly=True, samesite="Lax", secure=settings.HTTPS
        )
    return response


def turned_to(request: HttpRequest, operator: Operator, response: HttpResponse) -> HttpResponse:
    """``lang`` among what a form sends: what was typed is kept, and the next page speaks the other language."""
    return _remembered(response, request.POST.get("lang", ""), languages_of(operator))


def public(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Hand the view its Operator instead of the slug, in a language it speaks; 404 for an unknown one."""

    @never_cache
    @wraps(view)
    def entered(request: HttpRequest, operator: str, **kwargs: Any) -> HttpResponseBase:
        found = get_operator(operator)
        if found is None or found.register is None:
            raise Http404
        request.operator = found  # type: ignore[attr-defined]
        return speak(request, languages_of(found)) or view(request, found, **kwargs)

    return entered


def languages_of(operator: Operator) -> tuple[str, ...]:
    return tuple(register_of(operator).languages)

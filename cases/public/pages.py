"""The front page, an operator's first page, and its colour."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from django.views.csrf import csrf_failure
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cases.casework.operators import get_operator, register_of
from cases.models import Operator
from cases.public.entry import LANGUAGES, languages_of, public, speak
from cases.web.fields import Words

COUNTRIES: dict[str, Words] = {"SE": _("Sweden"), "DK": _("Denmark")}


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Which company is it about?"""
    if answer := speak(request, LANGUAGES):
        return answer
    operators = Operator.objects.filter(is_active=True, register__isnull=False).select_related("register")
    entries = [(each, COUNTRIES[register_of(each).country]) for each in operators.order_by("name", "slug")]
    return render(request, "public/front.html", {"entries": entries, "languages": LANGUAGES})


@require_safe
@public
def landing(request: HttpRequest, operator: Operator) -> HttpResponse:
    """What one can do here, and who answers for the data."""
    language = get_language() or "en"
    named = register_of(operator).authorities
    authorities = [(authority.name.get(language), authority.web) for authority in named]
    return render(request, "public/landing.html", {"authorities": authorities})


def _at(request: HttpRequest) -> HttpResponse | None:
    """An address that leads nowhere is still one of this operator's, in a language that it speaks."""
    found = get_operator(request.path.split("/")[1])
    if found is None or found.register is None:
        return None
    request.operator = found  # type: ignore[attr-defined]
    return speak(request, languages_of(found))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page: whose pages these are, and the way back to them, stay in sight."""
    return _at(request) or defaults.page_not_found(request, exception)


def open_too_long(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What was sent without the page's secret, for example because the browser forgot it."""
    _at(request)
    return csrf_failure(request, reason)


@require_safe
# The same for everybody, so that every cache may keep it.
@cache_control(public=True, max_age=3600)
def accent(request: HttpRequest, operator: str) -> HttpResponse:  # noqa: ARG001
    """The operator's colour as a stylesheet, since the content security policy allows no inline style."""
    found = get_operator(operator)
    if found is None or found.register is None:
        raise Http404
    register = register_of(found)
    css = (
        f"@layer tokens {{ :root {{ --accent: light-dark({register.accent}, {register.accent_dark}); }} }}\n"
    )
    return HttpResponse(css, content_type="text/css")

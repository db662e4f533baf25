"""The front page, an operator's first page, and its colour."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cases.casework.operators import get_operator, register_of
from cases.models import Operator
from cases.public.entry import LANGUAGES, public, speak
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
